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
create table if not exists failure (
    subscriber text not null references subscriber (id) on delete cascade,
    message text not null,
    at integer not null,
    problem text not null,
    final integer not null,
    primary key (subscriber, message)
) strict, without rowid;
-- With max() alone among the aggregates that choose a row, `problem` is that of the latest failure.
create temp view known as
select id, kind, address, secret, asked_at, confirmed_at,
    count(message) as failures, coalesce(max(failure.at), 0) as failed_at, coalesce(problem, '') as problem
from subscriber left join failure on failure.subscriber = subscriber.id
group by subscriber.id;

-- name: add
insert into subscriber (id, kind, address, secret, asked_at) values (:id, :kind, :address, :secret, :now)
on conflict do nothing;

-- name: one
select * from known where id = ?;

-- name: by_address
select * from known where kind = ? and address = ?;

-- name: asked_again
update subscriber set asked_at = :now where id = :id;

-- name: confirm
-- For the first time, or again after it was paused: what was decided before is not told any more.
update subscriber set confirmed_at = :now
where id = :id and (confirmed_at = 0 or (select failures from known where id = :id) >= :most);

-- name: delete
delete from subscriber where id = ?;

-- name: expire
-- Whoever never confirmed is forgotten.
delete from subscriber where confirmed_at = 0 and asked_at < ?;

-- name: expire_paused
-- And who was not reached for long.
delete from subscriber where id in (select id from known where failures >= :most and failed_at < :before);

-- name: forget_deliveries
delete from delivery where at < ?;

-- name: all
select * from known order by asked_at, id;

-- name: waiting
-- Who is to get a message and did not yet: those who had confirmed before it was decided, without who is paused and who
-- refused this one for good.
select * from known
where confirmed_at > 0 and confirmed_at <= :decided and failures < :most
and not exists (select 1 from delivery where delivery.subscriber = known.id and message = :message)
and not exists (select 1 from failure where failure.subscriber = known.id and message = :message and final)
order by id;

-- name: told
-- How many of a kind got a message.
select count(*) from delivery join subscriber on subscriber.id = subscriber
where message = :message and kind = :kind;

-- name: delivered
insert into delivery (subscriber, message, at)
select id, :message, :now from subscriber where id = :id on conflict do nothing;

-- name: failed
insert into failure (subscriber, message, at, problem, final)
select id, :message, :now, :problem, :final from subscriber where id = :id
on conflict do update set at = excluded.at, problem = excluded.problem, final = excluded.final;

-- name: well
delete from failure where subscriber = ?;
