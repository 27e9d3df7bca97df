/**
 * The tables of a service that once had its own login and its own access control.
 * Gone: the column users.password_hash and the table user_roles, since people log in at the identity provider and the token carries
 * their roles. Kept: users, which invoices refer to, and which permissions a role gives.
 */
export const SCHEMA = `
  CREATE TABLE users (
    login text PRIMARY KEY,
    name  text NOT NULL
  );
  CREATE TABLE roles (
    name        text PRIMARY KEY,
    description text NOT NULL
  );
  CREATE TABLE role_permissions (
    role       text NOT NULL REFERENCES roles,
    permission text NOT NULL,
    PRIMARY KEY (role, permission)
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
  INSERT INTO users VALUES ('carl', 'Carl Clerk'), ('anna', 'Anna Admin');
  INSERT INTO roles VALUES
    ('reader',     'sees invoices, but not whose they are'),
    ('bookkeeper', 'sees everything and books payments');
  INSERT INTO role_permissions VALUES
    ('reader',     'invoices:read'),
    ('bookkeeper', 'invoices:read'),
    ('bookkeeper', 'invoices:customer:read'),
    ('bookkeeper', 'invoices:settle');
  INSERT INTO invoices VALUES
    (501, 'Tea House Ltd', 2380, false, 'anna'),
    (502, 'Pot & Kettle',  8990, false, 'carl');
`;
