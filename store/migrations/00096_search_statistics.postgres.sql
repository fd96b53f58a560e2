-- Whether the index finds people faster than a look at one after the other, which stops
-- when a page is full, goes by how many are thought to match: of a hundred texts that are
-- kept, as is usual, none may be among those of one in a hundred.

-- +goose NO TRANSACTION
-- +goose Up
ALTER INDEX IF EXISTS subscribers_search ALTER COLUMN 1 SET STATISTICS 1000;
-- More are kept from the next look at the table on, which for people that there are already
-- may be months away. It reads some 300,000 rows at the most. In the same transaction it
-- would not know of the number yet.
ANALYZE subscribers;
