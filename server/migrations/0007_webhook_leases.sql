-- Whose turn a delivery is: who took it before and was away for too long can no longer say what became of it.
alter table webhook_deliveries add column lease uuid;
