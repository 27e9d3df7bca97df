/**
 * Tables of a service that had its own login and access control. The table `users` stays, since invoices refer to it. The column
 * `users.password_hash` and the table `user_roles` were dropped: users log in at the identity provider, and the token carries their roles.
 * The migration of nestjs-authz adds the tables that map roles to permissions.
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
    ('invoices:customer:read', 'see the customer of an invoice'),
    ('invoices:settle',        'book payments'),
    ('roles:write',            'change the permissions of roles');
  INSERT INTO roles VALUES
    ('reader',     'sees the own invoices, without the customer'),
    ('bookkeeper', 'does everything');
  INSERT INTO role_permissions (role, permission, "when") VALUES
    ('reader',     'invoices:read', 'resource.issuerLogin == principal.subject'),
    ('bookkeeper', 'invoices:*',    NULL),
    ('bookkeeper', 'roles:write',   NULL);
  INSERT INTO users VALUES ('carl', 'Carl Clerk'), ('anna', 'Anna Admin');
  INSERT INTO invoices VALUES
    (501, 'Tea House Ltd', 2380, false, 'carl'),
    (502, 'Pot & Kettle',  8990, false, 'anna');
`;
