"""The history of the tables, run by `cotransfer db upgrade`. A revision that was released is never edited."""
