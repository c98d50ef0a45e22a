-- How many connections a user has on a node, so that a limit for each user holds over all of them.
alter table online add column connections int not null default 1;
