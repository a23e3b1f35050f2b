-- Every statement on the ledger, by name. Loaded by schema.py.

-- name: head
-- The last row, with what its own hash is made of.
select seq, prev, hash, body
from ledger
order by seq desc
limit 1;

-- name: add_row
insert into ledger (seq, prev, hash, body) values (?, ?, ?, ?);

-- name: add_personal
insert into personal (seq, salt, data) values (?, ?, ?);

-- name: erase_personal
delete from personal where seq = ?;

-- name: add_kind
insert or ignore into kind (type, v) values (?, ?);

-- name: kinds
select type, v from kind order by type, v;

-- name: hash_at
select hash from ledger where seq = ?;

-- name: page
-- Rows in order, a page at a time: no long-lived snapshot keeps the write-ahead log from being checkpointed.
select seq, prev, hash, body
from ledger
where seq > :low and seq < :high
order by seq
limit :size;

-- name: page_personal
-- What stands beside the rows of a page.
select seq, salt, data
from personal
where seq between :first and :last;

-- name: indexed
select seq from indexed;

-- name: index_subjects
-- Sorted by subject, so that each page of the index is touched once.
insert or ignore into about (subject, seq)
select cast(body as text) ->> '$.subject', seq
from ledger
where seq > :after and seq <= :upto
order by 1, 2;

-- name: set_indexed
update indexed set seq = ?;

-- name: misindexed
-- The first indexed row that the index does not have under its own subject.
select l.seq
from ledger l
where l.seq <= (select seq from indexed)
  and not exists (select 1 from about a where a.subject = cast(l.body as text) ->> '$.subject' and a.seq = l.seq)
order by l.seq
limit 1;

-- name: index_surplus
-- How many entries the index has beyond one for each indexed row.
select (select count(*) from about) - (select seq from indexed);

-- name: stray_personal
-- Personal data that belongs to no row.
select seq from personal where seq not in (select seq from ledger) limit 1;

-- name: time_at
select cast(body as text) ->> '$.at' from ledger where seq = ?;

-- name: look_newest
-- Rows that fit, between two numbers. What is not asked for is null.
select l.seq, l.prev, l.hash, l.body, p.salt, p.data
from ledger l
left join personal p on p.seq = l.seq
where l.seq > :low and l.seq < :high
  and (:subject is null or cast(l.body as text) ->> '$.subject' = :subject)
  and (:type is null or cast(l.body as text) ->> '$.type' = :type)
  and (:below is null or substr(cast(l.body as text) ->> '$.type', 1, length(:below)) = :below)
  and (:actor is null or cast(l.body as text) ->> '$.actor' = :actor)
order by l.seq desc
limit :size;

-- name: look_about_newest
-- The same of one subject, where it is indexed.
select l.seq, l.prev, l.hash, l.body, p.salt, p.data
from about a
join ledger l on l.seq = a.seq
left join personal p on p.seq = l.seq
where a.seq > :low and a.seq < :high and a.subject = :subject
  and (:type is null or cast(l.body as text) ->> '$.type' = :type)
  and (:below is null or substr(cast(l.body as text) ->> '$.type', 1, length(:below)) = :below)
  and (:actor is null or cast(l.body as text) ->> '$.actor' = :actor)
order by a.seq desc
limit :size;

-- name: look_oldest
-- Rows that fit, between two numbers. What is not asked for is null.
select l.seq, l.prev, l.hash, l.body, p.salt, p.data
from ledger l
left join personal p on p.seq = l.seq
where l.seq > :low and l.seq < :high
  and (:subject is null or cast(l.body as text) ->> '$.subject' = :subject)
  and (:type is null or cast(l.body as text) ->> '$.type' = :type)
  and (:below is null or substr(cast(l.body as text) ->> '$.type', 1, length(:below)) = :below)
  and (:actor is null or cast(l.body as text) ->> '$.actor' = :actor)
order by l.seq
limit :size;

-- name: look_about_oldest
-- The same of one subject, where it is indexed.
select l.seq, l.prev, l.hash, l.body, p.salt, p.data
from about a
join ledger l on l.seq = a.seq
left join personal p on p.seq = l.seq
where a.seq > :low and a.seq < :high and a.subject = :subject
  and (:type is null or cast(l.body as text) ->> '$.type' = :type)
  and (:below is null or substr(cast(l.body as text) ->> '$.type', 1, length(:below)) = :below)
  and (:actor is null or cast(l.body as text) ->> '$.actor' = :actor)
order by a.seq
limit :size;
