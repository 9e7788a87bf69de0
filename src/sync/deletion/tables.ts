/** Tables of deletion. Oldest first; never change a released migration, add one. */
export const DELETION_MIGRATIONS: readonly string[] = [
  `
  -- E2: entries whose bodies are taken from nobody. By ids, as what they name may not be here yet. Ranges neither overlap nor touch.
  create table tombstone_range (conversation blob not null, feed blob not null, incarnation blob not null, first integer not null, last integer not null,
    primary key (conversation, feed, incarnation, first)) without rowid;

  -- before_ms: messages older than this are gone. all_*: so is everything up to this clock. said_*: the tombstone that decided about
  -- what comes later, blocked or not.
  create table tombstone_conversation (conversation blob primary key, before_ms integer not null default 0, all_ms integer not null default 0,
    all_n integer not null default 0, said_ms integer not null default 0, said_n integer not null default 0, blocked integer not null default 0) without rowid;

  -- Entries that speak of another one, which may not be here yet, and go with it.
  create table deletion_about (conversation integer not null, feed blob not null, incarnation blob not null, seq integer not null, entry integer not null,
    primary key (conversation, feed, incarnation, seq, entry)) without rowid;

  -- When an entry expires, in milliseconds since 1970.
  create table deletion_expiry (at integer not null, entry integer not null, conversation integer not null, primary key (at, entry)) without rowid;
  create index deletion_expiry_entry on deletion_expiry (entry);

  -- For how many days messages are kept; null for ever. The newest statement holds.
  create table deletion_retention (conversation integer primary key, days integer, hlc_ms integer not null, hlc_n integer not null, hash blob not null);

  -- Cuts that a tombstone repeats, of a conversation that is not known here yet.
  create table tombstone_cut (conversation blob not null, body blob not null);

  -- Cuts of a revocation that the account may not have been told of yet.
  create table planned_cut (conversation blob not null, device blob not null, body blob not null, primary key (conversation, device)) without rowid;
  `,
  `
  -- The newest draft of each conversation: the texts of older ones are of no use to anybody.
  create table deletion_draft (conversation integer primary key, entry integer not null);
  `,
];
