/* SPDX-License-Identifier: MIT */
/* Texts of AutoEq and Equalizer APO: what is read is in range and has a finite response. */
#include "fuzz.h"

#include <pinna/equalizer.h>

size_t fuzz_seed(unsigned index, uint8_t* out, size_t capacity)
{
    static const char* const texts[] = {
        "Preamp: -6.4 dB\nFilter 1: ON PK Fc 105 Hz Gain 5.5 dB Q 0.70\nFilter 2: ON LSC Fc 40 Hz Gain -2.0 dB Q 0.71\n"
        "Filter 3: ON HSC Fc 10000 Hz Gain 3 dB Q 0.7\nFilter 4: OFF PK Fc 3000 Hz Gain 1 dB Q 2\n",
        "Channel: L\nFilter: ON PK Fc 100 Hz Gain 3 dB BW Oct 0.5\nChannel: R\nFilter: ON HP Fc 20 Hz\n"
        "Filter: ON NO Fc 50 Hz\nFilter: ON LPQ Fc 18000 Hz Q 0.7\nFilter: ON AP Fc 900 Hz Q 0.7\n",
        "GraphicEQ: 20 0; 100 -3.5; 1000 2; 10000 -1; 20000 0\n",
        "# comment\r\nPreamp: 0 dB\r\nFilter 1: ON LS 6dB Fc 100 Hz Gain 5 dB\r\nInclude: other.txt\r\n",
        "Filter: ON BP Fc 1e3 Hz Q 1\nFilter: ON PEQ Fc 1,000 Hz Gain 1 dB Q 1\nDelay: 3 ms\nCopy: L=R\n",
    };
    return index < sizeof texts / sizeof texts[0] ? fuzz_text_seed(texts[index], out, capacity) : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t byte_count)
{
    static pinna_equalizer equalizer;
    pinna_report report = {0};
    pinna_status status = pinna_equalizer_parse((const char*)bytes, byte_count, "fuzz.txt", &report, &equalizer);
    FUZZ_EXPECT(status == PINNA_OK || pinna_report_error(&report));
    if (status) return 0;
    FUZZ_EXPECT(pinna_equalizer_is_valid(&equalizer));
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        for (double hz = 10.0; hz < 24000.0; hz *= 3.0)
            FUZZ_EXPECT(isfinite(pinna_equalizer_response_db(&equalizer, ear, hz, 48000.0)));
    return 0;
}
