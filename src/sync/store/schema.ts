/** Tables of the core. Oldest first; never change a released migration, add one. */
export const CORE_MIGRATIONS: readonly string[] = [
  `
  create table account_op (row integer primary key, id blob not null unique, bytes blob not null);

  -- What is known of the person's devices, from linking and from the own-devices log.
  create table device_record (
    device blob primary key,
    name text not null,
    addresses text not null,
    certificate blob not null,
    transport blob not null,
    hlc_ms integer not null,
    hlc_n integer not null,
    last_seen integer
  ) without rowid;

  create table conversation (row integer primary key, id blob not null unique, founding blob not null);

  -- head_*: the last stored entry. integrated: up to here everything that an entry names is here as well.
  create table feed (
    row integer primary key,
    conversation integer not null references conversation,
    device blob not null,
    incarnation blob not null,
    head_seq integer not null default 0,
    head_hash blob,
    head_ms integer not null default 0,
    head_n integer not null default 0,
    integrated integer not null default 0,
    frozen_at integer,
    frozen_why text,
    unique (conversation, device, incarnation)
  );

  create table segment (row integer primary key, conversation integer not null references conversation, key blob not null);

  -- tie: the first six bytes of the entry's id; orders entries of one hlc alike on every device.
  create table entry (
    row integer primary key autoincrement,
    conversation integer not null,
    feed integer not null references feed,
    seq integer not null,
    hash blob not null,
    kind integer not null,
    hlc_ms integer not null,
    hlc_n integer not null,
    place_ms integer not null,
    place_n integer not null,
    tie integer not null,
    arrived integer not null,
    shown integer not null default 0,
    segment integer not null,
    header blob not null,
    body blob,
    signature blob,
    unique (feed, seq)
  );
  create index entry_view on entry (conversation, place_ms, place_n, hlc_ms, hlc_n, tie) where shown = 1;
  create index entry_conversation on entry (conversation);

  -- Integrated entries that no other integrated entry names.
  create table head (conversation integer not null, feed integer not null, seq integer not null, primary key (conversation, feed)) without rowid;

  -- What a follower has to be told, in the order in which it happened here. what: 1 a message, 2 shown differently.
  create table change (n integer primary key autoincrement, conversation integer not null, entry integer not null, what integer not null);
  create index change_conversation on change (conversation, n);
  create index change_entry on change (entry);

  -- What other devices have said that they hold (F5).
  create table peer_vector (device blob not null, feed integer not null, seq integer not null, primary key (device, feed)) without rowid;

  create table cut (conversation integer not null, device blob not null, incarnation blob not null, seq integer not null, hash blob not null,
    primary key (conversation, device, incarnation)) without rowid;
  `,
  `
  -- E3: what was before this entry of the feed is not kept.
  alter table feed add column base integer not null default 1;
  `,
  `
  -- what: as in changes.ts.
  create index change_conversation_state on change (conversation) where what = 3;
  `,
  `
  -- C1: from which the salts of a revocation's cuts follow; sealed.
  create table cut_secret (root blob primary key, secret blob not null) without rowid;
  `,
  `
  -- Segments that hold their entries themselves, as packs.ts says: of which feed, from which entry on, and how many. The rows of
  -- these entries have empty bytes in place of header and body.
  alter table segment add column feed integer;
  alter table segment add column first integer;
  alter table segment add column count integer;
  alter table segment add column headers blob;
  alter table segment add column bodies blob;
  create index segment_feed on segment (feed, first) where feed is not null;
  create index entry_segment on entry (segment) where header <> x'';

  -- count: the row stands for so many new messages, by consecutive rows of entries from \`entry\` on; n is the number of the last.
  alter table change add column count integer not null default 1;
  drop index change_conversation;
  drop index change_entry;
  create index change_message on change (entry) where what = 1;
  create index change_messages on change (entry) where what = 1 and count > 1;
  `,
];
