/**
 * The tables of a service that once had its own login and its own access control. Kept: users, which invoices refer to. Gone: the column
 * users.password_hash and the table user_roles, since people log in at the identity provider and the token carries their roles. Which
 * permissions a role gives is in the tables of the migration that comes with nestjs-authz.
 */
export const SCHEMA = `
  CREATE TABLE users (
    login text PRIMARY KEY,
    name  text NOT NULL
  );
  CREATE TABLE invoices (
    number       integer PRIMARY KEY,
    customer     text    NOT NULL,
    amount_cents integer NOT NULL,
    paid         boolean NOT NULL DEFAULT false,
    issued_by    text    NOT NULL REFERENCES users
  );
`;

export const SEED = `
  INSERT INTO permissions VALUES
    ('invoices:read',          'see invoices'),
    ('invoices:customer:read', 'see whose they are'),
    ('invoices:settle',        'book payments'),
    ('roles:write',            'say which role gives which permissions');
  INSERT INTO roles VALUES
    ('reader',     'sees invoices, but not whose they are'),
    ('bookkeeper', 'does everything');
  INSERT INTO role_permissions VALUES
    ('reader',     'invoices:read'),
    ('bookkeeper', 'invoices:*'),
    ('bookkeeper', 'roles:write');
  INSERT INTO users VALUES ('carl', 'Carl Clerk'), ('anna', 'Anna Admin');
  INSERT INTO invoices VALUES
    (501, 'Tea House Ltd', 2380, false, 'anna'),
    (502, 'Pot & Kettle',  8990, false, 'carl');
`;
