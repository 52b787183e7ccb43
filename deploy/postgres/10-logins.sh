#!/bin/sh
# The owner, who migrates, and one login per service. Postgres' image runs this once, when the volume is empty; run by hand
# inside the container it sets all passwords anew. A login inherits nothing: it may only switch to its service's role.
set -eu

for name in OWNER_DB_PASSWORD GATEWAY_DB_PASSWORD WORKER_DB_PASSWORD POSTGRES_PASSWORD; do
    eval "value=\${$name:-}"
    if [ "${#value}" -lt 20 ]; then
        echo "$name: 20 characters at least; \`make compose-env\` makes good ones" >&2
        exit 1
    fi
    case "$value" in *[!A-Za-z0-9_-]*) echo "$name: letters, digits, '-' and '_' only" >&2; exit 1 ;; esac
done
several=$(printf '%s\n' "$OWNER_DB_PASSWORD" "$GATEWAY_DB_PASSWORD" "$WORKER_DB_PASSWORD" "$POSTGRES_PASSWORD" | sort | uniq -d)
if [ -n "$several" ]; then
    echo "two of the passwords are the same" >&2
    exit 1
fi

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
\getenv owner_password OWNER_DB_PASSWORD
\getenv gateway_password GATEWAY_DB_PASSWORD
\getenv worker_password WORKER_DB_PASSWORD

SELECT format('CREATE ROLE %I', name)
FROM unnest(ARRAY['lesionlens_owner', 'lesionlens_gateway', 'lesionlens_worker', 'lesionlens_auditor',
                  'lesionlens_gateway_login', 'lesionlens_worker_login']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

ALTER ROLE lesionlens_owner LOGIN CREATEROLE BYPASSRLS NOSUPERUSER PASSWORD :'owner_password';
ALTER ROLE lesionlens_gateway_login LOGIN NOINHERIT PASSWORD :'gateway_password';
ALTER ROLE lesionlens_worker_login LOGIN NOINHERIT PASSWORD :'worker_password';

GRANT lesionlens_gateway, lesionlens_worker, lesionlens_auditor TO lesionlens_owner WITH ADMIN OPTION;
GRANT lesionlens_gateway TO lesionlens_gateway_login;
GRANT lesionlens_worker TO lesionlens_worker_login;

SELECT 'CREATE DATABASE lesionlens OWNER lesionlens_owner TEMPLATE template0'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'lesionlens') \gexec
REVOKE ALL ON DATABASE lesionlens FROM PUBLIC;
GRANT CONNECT ON DATABASE lesionlens TO lesionlens_gateway_login, lesionlens_worker_login;
SQL
