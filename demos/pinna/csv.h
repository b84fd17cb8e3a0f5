/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_CSV_H
#define PINNA_DEMOS_CSV_H

#include <pinna/base.h>

/* Tables of numbers, separated by commas, under a header line that names the columns. Columns may stand in any order;
   those not asked for are ignored, as are empty lines and lines that begin with '#'. */

enum { PINNA_CSV_COLUMN_MAX = 8, PINNA_CSV_ROW_MAX = 20000000 };

/** A column to look for. */
typedef struct pinna_csv_column {
    const char* name;
    double minimum, maximum;
    bool optional;
    double fallback; /**< Of an optional column that is absent. */
} pinna_csv_column;

typedef struct pinna_csv_table {
    size_t row_count;
    size_t column_count;
    double* values;  /**< [row][column], columns in the order asked for. */
    uint32_t* lines; /**< [row], the line it stood on, from 1. */
} pinna_csv_table;

/** Reads a table. @param report On failure tells the line and the column's name. @param out Free with release. */
PINNA_NODISCARD pinna_status pinna_csv_read(const char* path, const pinna_csv_column* columns, size_t column_count,
                                            pinna_report* report, pinna_csv_table* out);

/** A zeroed table is accepted. */
void pinna_csv_release(pinna_csv_table* table);

#endif
