-- Tables for databaseMapping() of nestjs-authz/database, in the current database. MySQL 8.0.16 or MariaDB 10.6, or later.
-- May be run any number of times: mysql my_database < mysql.sql
-- With binary logging, MySQL lets only an administrator create triggers, unless log_bin_trust_function_creators is on.
-- Names are compared byte by byte, as everywhere in nestjs-authz: Viewer is not viewer.

CREATE TABLE IF NOT EXISTS roles (
  name varchar(190) NOT NULL PRIMARY KEY CHECK (name <> ''),
  description text
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- The catalogue. While it is empty, roles may be granted any permission; otherwise only what is in here.
CREATE TABLE IF NOT EXISTS permissions (
  name varchar(256) NOT NULL PRIMARY KEY CHECK (name <> ''),
  description text
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- A permission may be a pattern such as orders:*, so it refers to no row of the catalogue.
CREATE TABLE IF NOT EXISTS role_permissions (
  role varchar(190) NOT NULL,
  permission varchar(256) NOT NULL CHECK (permission <> ''),
  effect varchar(5) NOT NULL DEFAULT 'allow' CHECK (effect IN ('allow', 'deny')),
  PRIMARY KEY (role, permission),
  CONSTRAINT authz_role_permissions_role FOREIGN KEY (role) REFERENCES roles (name) ON UPDATE CASCADE ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
-- The condition of the row; NULL: none. Join several conditions with || in one row. MySQL has no ADD COLUMN IF NOT EXISTS.
SET @authz_add_when = (
  SELECT IF(COUNT(*) = 0, 'ALTER TABLE role_permissions ADD COLUMN `when` text', 'DO 0')
  FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'role_permissions' AND column_name = 'when'
);
PREPARE authz_add_when FROM @authz_add_when;
EXECUTE authz_add_when;
DEALLOCATE PREPARE authz_add_when;

CREATE TABLE IF NOT EXISTS role_inherits (
  role varchar(190) NOT NULL,
  parent varchar(190) NOT NULL,
  PRIMARY KEY (role, parent),
  CONSTRAINT authz_role_inherits_role FOREIGN KEY (role) REFERENCES roles (name) ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT authz_role_inherits_parent FOREIGN KEY (parent) REFERENCES roles (name) ON UPDATE CASCADE ON DELETE RESTRICT
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- One row, another number after every change.
CREATE TABLE IF NOT EXISTS authz_mapping_version (
  one tinyint NOT NULL PRIMARY KEY DEFAULT 1 CHECK (one = 1),
  version bigint NOT NULL
) ENGINE = InnoDB;

-- Count by the clock, so that a database restored from a backup does not come back to a number that meant something else.
DROP TRIGGER IF EXISTS authz_roles_insert;
CREATE TRIGGER authz_roles_insert AFTER INSERT ON roles FOR EACH ROW
UPDATE authz_mapping_version SET version = GREATEST(version + 1, CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED));
DROP TRIGGER IF EXISTS authz_roles_update;
CREATE TRIGGER authz_roles_update AFTER UPDATE ON roles FOR EACH ROW
UPDATE authz_mapping_version SET version = GREATEST(version + 1, CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED));
DROP TRIGGER IF EXISTS authz_roles_delete;
CREATE TRIGGER authz_roles_delete AFTER DELETE ON roles FOR EACH ROW
UPDATE authz_mapping_version SET version = GREATEST(version + 1, CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED));
DROP TRIGGER IF EXISTS authz_permissions_insert;
CREATE TRIGGER authz_permissions_insert AFTER INSERT ON permissions FOR EACH ROW
UPDATE authz_mapping_version SET version = GREATEST(version + 1, CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED));
DROP TRIGGER IF EXISTS authz_permissions_update;
CREATE TRIGGER authz_permissions_update AFTER UPDATE ON permissions FOR EACH ROW
UPDATE authz_mapping_version SET version = GREATEST(version + 1, CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED));
DROP TRIGGER IF EXISTS authz_permissions_delete;
CREATE TRIGGER authz_permissions_delete AFTER DELETE ON permissions FOR EACH ROW
UPDATE authz_mapping_version SET version = GREATEST(version + 1, CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED));
DROP TRIGGER IF EXISTS authz_role_permissions_insert;
CREATE TRIGGER authz_role_permissions_insert AFTER INSERT ON role_permissions FOR EACH ROW
UPDATE authz_mapping_version SET version = GREATEST(version + 1, CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED));
DROP TRIGGER IF EXISTS authz_role_permissions_update;
CREATE TRIGGER authz_role_permissions_update AFTER UPDATE ON role_permissions FOR EACH ROW
UPDATE authz_mapping_version SET version = GREATEST(version + 1, CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED));
DROP TRIGGER IF EXISTS authz_role_permissions_delete;
CREATE TRIGGER authz_role_permissions_delete AFTER DELETE ON role_permissions FOR EACH ROW
UPDATE authz_mapping_version SET version = GREATEST(version + 1, CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED));
DROP TRIGGER IF EXISTS authz_role_inherits_insert;
CREATE TRIGGER authz_role_inherits_insert AFTER INSERT ON role_inherits FOR EACH ROW
UPDATE authz_mapping_version SET version = GREATEST(version + 1, CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED));
DROP TRIGGER IF EXISTS authz_role_inherits_update;
CREATE TRIGGER authz_role_inherits_update AFTER UPDATE ON role_inherits FOR EACH ROW
UPDATE authz_mapping_version SET version = GREATEST(version + 1, CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED));
DROP TRIGGER IF EXISTS authz_role_inherits_delete;
CREATE TRIGGER authz_role_inherits_delete AFTER DELETE ON role_inherits FOR EACH ROW
UPDATE authz_mapping_version SET version = GREATEST(version + 1, CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED));

-- At the end: whatever was written while there was no trigger is read again.
INSERT INTO authz_mapping_version (one, version) VALUES (1, CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED))
ON DUPLICATE KEY UPDATE version = GREATEST(version + 1, VALUES(version));
