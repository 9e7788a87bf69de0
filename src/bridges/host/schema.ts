/**
 * Tables of the bridge host. Oldest first; never change a released migration, add one. Foreign names and ids stand in them
 * only sealed (`detail`, `value`); they are found by keyed hashes (`key`), which tell nothing to who has the file alone.
 */
export const BRIDGE_MIGRATIONS: readonly string[] = [
  `
  -- One row: the key of the keyed hashes, sealed.
  create table bridge_profile (id integer primary key check (id = 1), key blob not null);

  create table bridge_account (row integer primary key autoincrement, id text not null unique, network text not null, removed integer not null default 0,
    created integer not null, detail blob not null);

  -- Alike in form: a map from names to values, of an account or of a conversation (owner).
  create table bridge_secret (owner integer not null, key blob not null, value blob not null, primary key (owner, key)) without rowid;
  create table bridge_cursor (owner integer not null, key blob not null, value blob not null, primary key (owner, key)) without rowid;
  create table bridge_kv (owner integer not null, key blob not null, value blob not null, primary key (owner, key)) without rowid;
  create table bridge_user (owner integer not null, key blob not null, value blob not null, primary key (owner, key)) without rowid;
  create table bridge_member (owner integer not null, key blob not null, value blob not null, primary key (owner, key)) without rowid;

  -- conversation: of the core, once there is one. standing: known, provisional, open, closed.
  create table bridge_conversation (row integer primary key autoincrement, account integer not null, key blob not null, conversation integer unique,
    standing text not null, detail blob not null, unique (account, key));

  -- Which events came in. Survives the deletion of what they brought, or playback would bring it back (R2).
  create table bridge_seen (conversation integer not null, kind integer not null, key blob not null, entry integer, primary key (conversation, kind, key)) without rowid;

  -- Which entry a message of the network is; part: of an own message that was sent in several.
  create table bridge_ref (conversation integer not null, key blob not null, entry integer not null, part integer, primary key (conversation, key)) without rowid;

  -- One row for each own message to a network. n: the order in which they are sent. split: 0 while its one part stands for
  -- the whole text. state: what people are told. flight: a part is claimed or accepted.
  create table bridge_message (n integer primary key autoincrement, entry integer not null unique, account integer not null, conversation integer not null,
    created integer not null, min_label text not null, split integer not null default 0, state text not null, flight integer not null default 0, since integer not null,
    reason blob);
  create index bridge_message_state on bridge_message (state, account, conversation, n);
  create index bridge_message_flight on bridge_message (account) where flight = 1;

  create table bridge_part (entry integer not null, part integer not null, txn text not null unique, state text not null, maybe integer not null, attempt integer not null,
    claimed_at integer, detail blob not null, primary key (entry, part)) without rowid;
  `,
  `
  -- Edits and reactions, by what they are about. target: feed, incarnation and seq of a message of the conversation.
  create table bridge_note (conversation integer not null, target blob not null, kind integer not null, stamp blob not null, entry integer not null,
    primary key (conversation, target, kind, stamp)) without rowid;
  create index bridge_note_entry on bridge_note (entry);
  `,
  `
  -- Which device runs an account, as it said last itself. None: this one.
  create table bridge_host (account text primary key, device blob not null, hlc_ms integer not null, hlc_n integer not null) without rowid;
  `,
];
