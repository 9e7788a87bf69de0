/** Tables of the search. All of it can be made anew from the log. Oldest first; never change a released migration, add one. */
export const SEARCH_MIGRATIONS: readonly string[] = [
  `
  -- One row. key: of the word hashes, sealed. tokenizer: how the texts were taken apart, sealed. cursor: rows of entries up to here are in.
  -- purge: something was taken out, and its word hashes still stand in the file.
  create table search_state (id integer primary key check (id = 1), key blob not null, tokenizer blob not null, cursor integer not null,
    purge integer not null default 0);
  -- doc: the place in time and a number, so that the newest hits are the highest numbers.
  create table search_doc (doc integer primary key, entry integer not null unique, conversation integer not null);
  -- Entries whose text is another one now.
  create table search_again (entry integer primary key);
  -- Keyed hashes of words, without the words and without their order (R2).
  create virtual table search_word using fts5(words, content='', contentless_delete=1, detail=none, tokenize='ascii');
  `,
];
