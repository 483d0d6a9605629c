-- What the first look at the file of an import found: its encoding, its columns, how many rows there are.
alter table bulk_job add layout jsonb, drop bytes_read;
