/* SQLite called at three granularities: a row, a statement of 100 rows with a call back for each, a transaction. */
#include <stdio.h>
#include <stdlib.h>
#include <sqlite3.h>
#include <ukl/compartment.h>
#include "../marker.h"

#define REPEAT 5

#define MEASURE(name, before, call)				\
	do {							\
		for (int i = 0; i < REPEAT; i++) {		\
			before;					\
			printf("%s\n", name);			\
			MARK_START();				\
			call;					\
			MARK_STOP();				\
		}						\
	} while (0)

/* What SQLite writes for its caller. */
UKL_SHARED static sqlite3 *db = (sqlite3 *)1;
UKL_SHARED static sqlite3_stmt *rows = (sqlite3_stmt *)1;

static int seen;

static void need(int got, int wanted, const char *what)
{
	if (got != wanted) {
		fprintf(stderr, "%s does not work: %d\n", what, got);
		exit(1);
	}
}

static int count_row(void *context, int columns, char **values, char **names)
{
	(void)context;
	(void)columns;
	(void)names;
	seen += values[0] != NULL;
	return 0;
}

/* SQL is read-only data, which everybody may read. */
static const char table[] = "CREATE TABLE t(i INTEGER PRIMARY KEY, name TEXT, n INTEGER);"
			    "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 1000)"
			    " INSERT INTO t SELECT x, printf('name %d', x), x * 7919 % 1009 FROM c;";
static const char transaction[] = "BEGIN;"
				  "WITH RECURSIVE c(x) AS (SELECT 2001 UNION ALL SELECT x + 1 FROM c WHERE x < 2200)"
				  " INSERT INTO t SELECT x, printf('name %d', x), x * 7919 % 1009 FROM c;"
				  "DELETE FROM t WHERE i > 2000;"
				  "COMMIT;";

int main(void)
{
	need(sqlite3_open(":memory:", &db), SQLITE_OK, "open");
	need(sqlite3_exec(db, table, NULL, NULL, NULL), SQLITE_OK, "the table");
	need(sqlite3_prepare_v2(db, "SELECT i, name, n FROM t", -1, &rows, NULL), SQLITE_OK, "prepare");
	need(sqlite3_step(rows), SQLITE_ROW, "the first row");
	MEASURE("sqlite-row", , sqlite3_step(rows));
	need(sqlite3_column_int(rows, 0), 1 + REPEAT, "the last row");
	MEASURE("sqlite-100-rows", seen = 0,
		sqlite3_exec(db, "SELECT i, name, n FROM t LIMIT 100", count_row, NULL, NULL));
	need(seen, 100, "100 rows");
	sqlite3_finalize(rows);
	MEASURE("sqlite-transaction", , sqlite3_exec(db, transaction, NULL, NULL, NULL));
	need(sqlite3_exec(db, "SELECT count(*) FROM t", count_row, NULL, NULL), SQLITE_OK, "the end");
	return fflush(stdout) != 0;
}
