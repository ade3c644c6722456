-- Gives the service's two logins their passwords, after the first npm run migrate and whenever a password changes:
--   REST_PASSWORD=… GRAPHQL_PASSWORD=… psql -v ON_ERROR_STOP=1 -f deploy/set-passwords.sql "$DATABASE_URL"
-- From the environment, so that no list of processes and no shell's history shows them.
\getenv rest_password REST_PASSWORD
\getenv graphql_password GRAPHQL_PASSWORD
set password_encryption = 'scram-sha-256';
alter role weelo_rest login password :'rest_password';
alter role weelo_graphql login password :'graphql_password';
