-- Every statement on accounts, by name. Loaded by tables.py.

-- name: setting
select value from setting where name = ?;

-- name: set_setting
insert into setting (name, value) values (?, ?) on conflict (name) do nothing;

-- name: account
select id, name, shown, person, password, totp, totp_step, made_at, signed_in_at, disabled_at from account where id = ?;

-- name: account_named
select id, name, shown, person, password, totp, totp_step, made_at, signed_in_at, disabled_at from account where name = ?;

-- name: accounts
select id, name, shown, person, password, totp, totp_step, made_at, signed_in_at, disabled_at from account order by name;

-- name: add_account
insert into account (id, name, shown, person, made_at) values (:id, :name, :shown, :person, :now) on conflict do nothing;

-- name: shown_names
select id, shown from account where person = '';

-- name: set_about
update account set shown = :shown, person = :person where id = :id;

-- name: set_password
update account set password = :password where id = :id;

-- name: set_totp
update account set totp = :totp, totp_step = :step where id = :id;

-- name: use_step
-- Whoever is first: the row changes once for each step.
update account set totp_step = :step where id = :id and totp_step < :step;

-- name: signed_in
update account set signed_in_at = :now where id = :id;

-- name: disable
update account set disabled_at = :now where id = :id;

-- name: delete_account
delete from account where id = ?;

-- name: roles
select team, role from role where account = ? order by team;

-- name: all_roles
select account, team, role from role order by account, team;

-- name: set_role
insert into role (account, team, role) values (:id, :team, :role)
on conflict (account, team) do update set role = excluded.role;

-- name: drop_role
delete from role where account = :id and team = :team;

-- name: working_admins
-- Who can administer: an admin everywhere, not disabled, with a password.
select account.id from account join role on role.account = account.id
where role.team = '' and role.role = 4 and account.disabled_at = 0 and account.password <> '';

-- name: add_recovery_code
insert into recovery_code (digest, account) values (:digest, :id);

-- name: use_recovery_code
delete from recovery_code where digest = :digest and account = :id;

-- name: drop_recovery_codes
delete from recovery_code where account = ?;

-- name: count_recovery_codes
select count(*) from recovery_code where account = ?;

-- name: add_session
insert into session (digest, id, account, made_at, used_at, strong_at, pending, address, agent)
values (:digest, :session, :id, :now, :now, :strong, :pending, :address, :agent);

-- name: session
select id, account, made_at, used_at, strong_at, pending, address, agent from session where digest = ?;

-- name: sessions_of
select id, account, made_at, used_at, strong_at, pending, address, agent from session
where account = ? and pending = 0 order by used_at desc;

-- name: use_session
update session set used_at = :now where digest = :digest;

-- name: end_session
delete from session where digest = ?;

-- name: end_session_of
delete from session where id = :session and account = :id;

-- name: end_sessions_of
-- All of an account but one ('' for all).
delete from session where account = :id and id <> :but;

-- name: end_old_sessions
delete from session where used_at < :used or made_at < :made or (pending = 1 and made_at < :pending);

-- name: add_token
insert into token (digest, id, account, label, scopes, made_at, expires_at)
values (:digest, :token, :id, :label, :scopes, :now, :expires);

-- name: token
select id, account, label, scopes, made_at, expires_at, used_at from token where digest = ?;

-- name: token_by_id
select id, account, label, scopes, made_at, expires_at, used_at from token where id = ?;

-- name: tokens_of
select id, account, label, scopes, made_at, expires_at, used_at from token where account = ? order by made_at desc, id;

-- name: tokens
select id, account, label, scopes, made_at, expires_at, used_at from token order by made_at desc, id;

-- name: use_token
update token set used_at = :now where id = :token;

-- name: drop_token
delete from token where id = ?;

-- name: add_link
insert into link (digest, kind, account, expires_at) values (:digest, :kind, :id, :expires);

-- name: link
select kind, account, expires_at from link where digest = ?;

-- name: use_link
delete from link where digest = :digest and expires_at > :now;

-- name: drop_links
-- Of an account, or with null those that make the first admin; and all that have expired.
delete from link where account is :id or expires_at <= :now;

-- name: failure
select count, last_at, until from failure where digest = ?;

-- name: set_failure
insert into failure (digest, count, last_at, until) values (:digest, :count, :now, :until)
on conflict (digest) do update set count = excluded.count, last_at = excluded.last_at, until = excluded.until;

-- name: drop_failure
delete from failure where digest = ?;

-- name: forgive_failure
update failure set count = max(0, count - 1), until = 0 where digest = ?;

-- name: drop_old_failures
delete from failure where last_at < ?;
