-- Tables for databaseMapping() of nestjs-authz/database, in the first schema of the search path. PostgreSQL 14 or later.
-- May be run any number of times. Run it in one transaction: psql -1 -f postgresql.sql

CREATE TABLE IF NOT EXISTS roles (
  name text PRIMARY KEY CHECK (name <> ''),
  description text
);

-- The catalogue. While it is empty, roles may be granted any permission; otherwise only what is in here.
CREATE TABLE IF NOT EXISTS permissions (
  name text PRIMARY KEY CHECK (name <> ''),
  description text
);

-- A permission may be a pattern such as orders:*, so it refers to no row of the catalogue.
CREATE TABLE IF NOT EXISTS role_permissions (
  role text NOT NULL REFERENCES roles (name) ON UPDATE CASCADE ON DELETE CASCADE,
  permission text NOT NULL CHECK (permission <> ''),
  effect text NOT NULL DEFAULT 'allow' CHECK (effect IN ('allow', 'deny')),
  PRIMARY KEY (role, permission)
);
-- The condition of the row; NULL: none. Join several conditions with || in one row.
ALTER TABLE role_permissions ADD COLUMN IF NOT EXISTS "when" text CHECK ("when" <> '');

CREATE TABLE IF NOT EXISTS role_inherits (
  role text NOT NULL REFERENCES roles (name) ON UPDATE CASCADE ON DELETE CASCADE,
  parent text NOT NULL REFERENCES roles (name) ON UPDATE CASCADE ON DELETE RESTRICT,
  PRIMARY KEY (role, parent),
  CHECK (role <> parent)
);

-- One row, another number after every change.
CREATE TABLE IF NOT EXISTS authz_mapping_version (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  version bigint NOT NULL
);

-- Counts by the clock, so that a database restored from a backup does not come back to a number that meant something else.
-- With the rights of its owner: who may write roles need not be able to write the version.
CREATE OR REPLACE FUNCTION authz_mapping_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format(
    'UPDATE %I.authz_mapping_version SET version = greatest(version + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)',
    TG_TABLE_SCHEMA
  );
  PERFORM pg_notify('authz_mapping', '');
  RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER authz_mapping_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON roles
FOR EACH STATEMENT EXECUTE FUNCTION authz_mapping_changed();
CREATE OR REPLACE TRIGGER authz_mapping_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON permissions
FOR EACH STATEMENT EXECUTE FUNCTION authz_mapping_changed();
CREATE OR REPLACE TRIGGER authz_mapping_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON role_permissions
FOR EACH STATEMENT EXECUTE FUNCTION authz_mapping_changed();
CREATE OR REPLACE TRIGGER authz_mapping_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON role_inherits
FOR EACH STATEMENT EXECUTE FUNCTION authz_mapping_changed();

-- At the end: whatever was written while there was no trigger is read again.
INSERT INTO authz_mapping_version (version) VALUES ((extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
ON CONFLICT (one) DO UPDATE SET version = greatest(authz_mapping_version.version + 1, excluded.version);
SELECT pg_notify('authz_mapping', '');
