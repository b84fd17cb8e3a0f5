/* SPDX-License-Identifier: MIT */
/* Paths of sources and heads, as CSV files: what is read can be followed at any time. */
#include "as_file.h"

#include "path.h"

size_t fuzz_seed(unsigned index, uint8_t* out, size_t capacity)
{
    static const char* const texts[] = {
        "t_s,azimuth_deg,elevation_deg,distance_m\n0,0,0,1\n1,90,10,2\n2.5,-170,-80,0.5\n",
        "t_s,azimuth_deg,elevation_deg\r\n0,350,0\r\n1e0,10,5\r\n",
        "t_s,yaw_deg,pitch_deg,roll_deg\n0,0,0,0\n0.5,30,-10,5\n1,170,80,-170\n2,-170,0,0\n",
        "roll_deg,t_s,yaw_deg,pitch_deg\n\n# c\n1, 2 ,3,4\n",
    };
    return index < sizeof texts / sizeof texts[0] ? fuzz_text_seed(texts[index], out, capacity) : 0;
}

static void follow(const char* path, pinna_path_kind kind)
{
    pinna_report report = {0};
    pinna_path* followed = NULL;
    pinna_status status = pinna_path_load(path, kind, &report, &followed);
    FUZZ_EXPECT(status == PINNA_OK || (pinna_report_error(&report) && !followed));
    if (status) return;
    for (double t = -1.0; t < 4.0; t += 0.3) {
        if (kind == PINNA_PATH_SOURCE) {
            FUZZ_EXPECT(pinna_vec3_is_finite(pinna_path_position_at(followed, t)));
        } else {
            pinna_quat q = pinna_path_rotation_at(followed, t);
            FUZZ_EXPECT(fabsf(q.w * q.w + q.x * q.x + q.y * q.y + q.z * q.z - 1.0f) < 1e-3f);
        }
    }
    pinna_path_destroy(followed);
}

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t byte_count)
{
    fuzz_file file = fuzz_file_make(bytes, byte_count);
    follow(file.path, PINNA_PATH_SOURCE);
    follow(file.path, PINNA_PATH_HEAD);
    fuzz_file_close(&file);
    return 0;
}
