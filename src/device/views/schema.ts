/** Tables of the views. Oldest first; never change a released migration, add one. */
export const VIEW_MIGRATIONS: readonly string[] = [
  `
  -- Of statements that replace each other, the newest by hlc.
  create table newest (conversation integer not null, topic text not null, entry integer not null, hlc_ms integer not null, hlc_n integer not null,
    primary key (conversation, topic)) without rowid;
  -- The delivery entry that says what became of an own message; state as in states.ts.
  create table message_state (entry integer primary key, delivery integer not null, state integer not null, hlc_ms integer not null, hlc_n integer not null);
  create index message_state_state on message_state (state);
  -- Messages of others that came after the read marker; n as in the change table.
  create table unread (conversation integer not null, n integer not null, primary key (conversation, n)) without rowid;
  `,
  `
  -- stamp: as in stamp.ts, so that two statements of one hlc have one order everywhere.
  alter table newest add column stamp blob not null default x'';
  update newest set stamp = unhex(printf('%012x%04x', hlc_ms, hlc_n));
  alter table newest drop column hlc_ms;
  alter table newest drop column hlc_n;
  create index newest_entry on newest (entry);

  alter table message_state add column stamp blob not null default x'';
  update message_state set stamp = unhex(printf('%012x%04x', hlc_ms, hlc_n));
  alter table message_state drop column hlc_n;

  -- Deliveries of entries that are not here yet. target: feed, incarnation and seq.
  create table early_delivery (conversation integer not null, target blob not null, delivery integer not null,
    primary key (conversation, target, delivery)) without rowid;

  -- What was said about a message, also about one that is not here yet. target: its feed, incarnation and seq. author: the
  -- account that said it; empty where it does not matter who did. value: of a pin, whether it is one.
  create table note (conversation integer not null, target blob not null, kind integer not null, author blob not null, stamp blob not null,
    entry integer not null, value integer, primary key (conversation, target, kind, author, stamp)) without rowid;
  create index note_entry on note (entry);
  create index note_pinned on note (conversation, stamp) where kind = 13 and value = 1;

  -- Up to where the person has seen a feed, also one that is not here yet. feed: device and incarnation.
  create table seen (conversation integer not null, feed blob not null, seq integer not null, primary key (conversation, feed)) without rowid;

  -- Messages of others that no read marker covers. feed: row in the core. n: as in the change table.
  create table unread_message (conversation integer not null, feed integer not null, seq integer not null, n integer not null, mention integer not null,
    primary key (conversation, feed, seq)) without rowid;
  insert into unread_message (conversation, feed, seq, n, mention)
    select u.conversation, e.feed, e.seq, u.n, 0 from unread u join change c on c.n = u.n join entry e on e.row = c.entry;
  create index unread_message_mention on unread_message (conversation) where mention = 1;
  drop table unread;
  `,
  // Of somebody whom the person ignores: not counted.
  "alter table unread_message add column hidden integer not null default 0;",
];
