#!/usr/bin/env bash
# Keycloak and Kafka for the tests: downloads them once from Maven Central, and prints their directories.
#
#   test/servers/java-servers.sh fetch            downloads what is missing (needs java and mvn; about 250 MB)
#   test/servers/java-servers.sh where keycloak   prints its directory, or exits with 1 if it is missing
set -euo pipefail

KEYCLOAK=26.7.3
KAFKA=4.4.0
DEPENDENCY_PLUGIN=org.apache.maven.plugins:maven-dependency-plugin:3.8.1
# Outside the project, so that `npm ci` keeps it and other clones share it.
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/nestjs-authz-tests

# Prints the directory of a server. The version is part of the name: a new version goes into its own directory.
directory_of() {
  case $1 in
    keycloak) echo "$CACHE/keycloak-$KEYCLOAK" ;;
    kafka) echo "$CACHE/kafka-$KAFKA" ;;
    *)
      echo "No server is called \"$1\": keycloak or kafka." >&2
      exit 2
      ;;
  esac
}

quiet_maven() {
  mvn --batch-mode --quiet --strict-checksums "$@" >&2
}

# Unpacks Keycloak and builds it once for the database of the tests: a built server starts in half the time.
fetch_keycloak() {
  quiet_maven "$DEPENDENCY_PLUGIN:copy" -Dartifact="org.keycloak:keycloak-quarkus-dist:$KEYCLOAK:tar.gz" -DoutputDirectory="$1"
  tar -xzf "$1/keycloak-quarkus-dist-$KEYCLOAK.tar.gz" -C "$1" --strip-components 1
  rm "$1/keycloak-quarkus-dist-$KEYCLOAK.tar.gz"
  "$1/bin/kc.sh" build --db=dev-file >&2
}

# The broker and its dependencies. slf4j-simple makes it log to standard error.
fetch_kafka() {
  cat >"$1/pom.xml" <<XML
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>test</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$KAFKA</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
XML
  quiet_maven -f "$1/pom.xml" "$DEPENDENCY_PLUGIN:copy-dependencies" -DincludeScope=runtime -DoutputDirectory="$1/libs"
}

# Downloads into a temporary directory, so that an interrupted download does not count as complete.
fetch() {
  local target
  target=$(directory_of "$1")
  if [ -d "$target" ]; then return; fi
  echo "Fetching $(basename "$target") …" >&2
  mkdir -p "$CACHE"
  begun=$(mktemp -d "$target.XXXXXX")
  trap 'rm -rf "$begun"' EXIT
  "fetch_$1" "$begun"
  # Another run may have finished first.
  [ -d "$target" ] || mv "$begun" "$target"
  rm -rf "$begun"
  echo "Fetched $target" >&2
}

case ${1:-} in
  fetch)
    fetch keycloak
    fetch kafka
    ;;
  where)
    directory=$(directory_of "${2:-}")
    command -v java >/dev/null && [ -d "$directory" ] && echo "$directory"
    ;;
  *)
    sed -n '2,5s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
