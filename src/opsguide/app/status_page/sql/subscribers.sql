-- Every statement on subscribers, by name. Loaded by subscribers.py. Addresses are personal data: a row that is
-- deleted is overwritten (pragma secure_delete).

-- name: schema
create table if not exists subscriber (
    id text primary key,
    kind text not null check (kind in ('mail', 'webhook')),
    address text not null,
    secret text not null,
    asked_at integer not null,
    confirmed_at integer not null default 0,
    unique (kind, address)
) strict;
create table if not exists delivery (
    subscriber text not null references subscriber (id) on delete cascade,
    message text not null,
    at integer not null,
    primary key (subscriber, message)
) strict, without rowid;

-- name: add
insert into subscriber (id, kind, address, secret, asked_at) values (:id, :kind, :address, :secret, :now)
on conflict do nothing;

-- name: one
select id, kind, address, secret, asked_at, confirmed_at from subscriber where id = ?;

-- name: by_address
select id, kind, address, secret, asked_at, confirmed_at from subscriber where kind = ? and address = ?;

-- name: asked_again
update subscriber set asked_at = :now where id = :id;

-- name: confirm
update subscriber set confirmed_at = :now where id = :id and confirmed_at = 0;

-- name: delete
delete from subscriber where id = ?;

-- name: expire
-- Whoever never confirmed is forgotten.
delete from subscriber where confirmed_at = 0 and asked_at < ?;

-- name: forget_deliveries
delete from delivery where at < ?;

-- name: all
select id, kind, address, secret, asked_at, confirmed_at from subscriber order by asked_at, id;

-- name: counts
select kind, count(*) from subscriber where confirmed_at > 0 group by kind;

-- name: waiting
-- Who is to get a message and did not yet: those who had confirmed before it was decided.
select id, kind, address, secret, asked_at, confirmed_at from subscriber
where confirmed_at > 0 and confirmed_at <= :decided
and not exists (select 1 from delivery where delivery.subscriber = subscriber.id and message = :message)
order by id;

-- name: delivered
insert into delivery (subscriber, message, at)
select id, :message, :now from subscriber where id = :id on conflict do nothing;
