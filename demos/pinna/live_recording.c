/* SPDX-License-Identifier: MIT */
#include "live_recording.h"
#include "csv.h"

#include <math.h>
#include <stdlib.h>

struct pinna_live_recording {
    size_t sample_count, next;
    double began_s; /* NAN: not yet */
    pinna_head_sample samples[];
};

static pinna_status from_table(const char* path, const pinna_csv_table* table, pinna_report* report,
                               pinna_live_recording** out)
{
    pinna_live_recording* recording = malloc(sizeof *recording + table->row_count * sizeof recording->samples[0]);
    if (!recording) return PINNA_ERROR_MEMORY;
    *recording = (pinna_live_recording){.sample_count = table->row_count, .began_s = NAN};
    for (size_t i = 0; i < table->row_count; i++) {
        const double* row = table->values + i * table->column_count;
        pinna_quat q = pinna_quat_from_yaw_pitch_roll((float)row[1], (float)row[2], (float)row[3]);
        recording->samples[i] = (pinna_head_sample){.time_s = row[0] - table->values[0], .orientation = q};
        if (i == 0 || row[0] >= row[-(ptrdiff_t)table->column_count]) continue;
        pinna_report_add(report, PINNA_SEVERITY_ERROR, "recording", "%s line %u: t_s is earlier than in the row before",
                         path, table->lines[i]);
        free(recording);
        return PINNA_ERROR_DATA;
    }
    *out = recording;
    return PINNA_OK;
}

pinna_status pinna_live_recording_load(const char* path, pinna_report* report, pinna_live_recording** out)
{
    static const pinna_csv_column columns[] = {{"t_s", -1e9, 1e9, false, 0},
                                               {"yaw_deg", -1e6, 1e6, false, 0},
                                               {"pitch_deg", -360, 360, false, 0},
                                               {"roll_deg", -360, 360, false, 0}};
    *out = NULL;
    pinna_csv_table table;
    pinna_status status = pinna_csv_read(path, columns, sizeof columns / sizeof columns[0], report, &table);
    if (!status) status = from_table(path, &table, report, out);
    pinna_csv_release(&table);
    return status;
}

bool pinna_live_recording_next(pinna_live_recording* r, double now_s, pinna_head_sample* out)
{
    if (isnan(r->began_s)) r->began_s = now_s;
    bool due = false;
    for (; r->next < r->sample_count && r->samples[r->next].time_s <= now_s - r->began_s; r->next++) {
        *out = r->samples[r->next];
        out->time_s += r->began_s;
        due = true;
    }
    if (r->next == r->sample_count) {
        r->next = 0;
        r->began_s = now_s;
    }
    return due;
}

void pinna_live_recording_destroy(pinna_live_recording* recording)
{
    free(recording);
}
