/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include <pinna/base.h>

#include <stdio.h>
#include <string.h>

Test(status, every_status_has_its_own_sentence)
{
    for (int a = 0; a < PINNA_STATUS_COUNT; a++) {
        const char* sentence = pinna_status_string((pinna_status)a);
        cr_assert_not_null(sentence);
        cr_expect(strlen(sentence) > 5 && sentence[strlen(sentence) - 1] == '.', "status %d: \"%s\"", a, sentence);
        for (int b = 0; b < a; b++) cr_expect_str_neq(sentence, pinna_status_string((pinna_status)b));
    }
    cr_expect_str_eq(pinna_status_string(PINNA_STATUS_COUNT), "Unknown status.");
    cr_expect_str_eq(pinna_status_string((pinna_status)12345), "Unknown status.");
}

Test(status, version_names_its_parts)
{
    char wanted[32];
    snprintf(wanted, sizeof wanted, "%d.%d.%d", PINNA_VERSION_MAJOR, PINNA_VERSION_MINOR, PINNA_VERSION_PATCH);
    cr_expect_str_eq(pinna_version(), wanted);
}

Test(report, keeps_order_severity_and_text)
{
    static pinna_report report;
    pinna_report_add(&report, PINNA_SEVERITY_NOTE, "first", "%d of %d", 1, 2);
    pinna_report_add(&report, PINNA_SEVERITY_WARNING, "second", "%s", "100 % literal");
    cr_assert_eq(report.count, 2);
    cr_expect_str_eq(report.entries[0].name, "first");
    cr_expect_str_eq(report.entries[0].text, "1 of 2");
    cr_expect_eq(report.entries[1].severity, PINNA_SEVERITY_WARNING);
    cr_expect_str_eq(report.entries[1].text, "100 % literal");
    cr_expect_null(pinna_report_error(&report));
    cr_expect_eq(report.dropped_count, 0);
}

Test(report, newest_error_is_the_one_told)
{
    static pinna_report report;
    pinna_report_add(&report, PINNA_SEVERITY_ERROR, "one", "first");
    pinna_report_add(&report, PINNA_SEVERITY_ERROR, "two", "second");
    pinna_report_add(&report, PINNA_SEVERITY_NOTE, "three", "third");
    cr_expect_str_eq(pinna_report_error(&report), "second");
}

Test(report, null_is_ignored)
{
    pinna_report_add(NULL, PINNA_SEVERITY_ERROR, "name", "%d", 1);
    cr_expect_null(pinna_report_error(NULL));
}

Test(report, an_error_is_kept_when_the_report_is_full)
{
    static pinna_report report;
    for (int i = 0; i < PINNA_REPORT_MAX + 5; i++) pinna_report_add(&report, PINNA_SEVERITY_NOTE, "note", "%d", i);
    cr_assert_eq(report.count, PINNA_REPORT_MAX);
    cr_expect_eq(report.dropped_count, 5);
    pinna_report_add(&report, PINNA_SEVERITY_ERROR, "late", "why it failed");
    cr_assert_eq(report.count, PINNA_REPORT_MAX);
    cr_expect_str_eq(pinna_report_error(&report), "why it failed");
    pinna_report_add(&report, PINNA_SEVERITY_NOTE, "note", "too late to matter");
    cr_expect_str_eq(pinna_report_error(&report), "why it failed");
    cr_expect_eq(report.dropped_count, 7);
    cr_expect_str_eq(report.entries[0].text, "0", "the oldest entries stay");
}

/* The longest prefix of a text that fits and ends with a whole character. */
static size_t longest_whole_prefix(const char* text, size_t capacity)
{
    size_t end = strlen(text);
    if (end < capacity) return end;
    end = capacity - 1;
    while (((unsigned char)text[end] & 0xC0) == 0x80) end--;
    return end;
}

Test(report, long_text_is_cut_between_characters)
{
    static const char* const characters[] = {"x", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x91\x82"}; /* 1 to 4 bytes */
    for (size_t kind = 0; kind < 4; kind++) {
        for (size_t shift = 0; shift < 5; shift++) {
            static pinna_report report;
            char text[700] = "";
            memset(&report, 0, sizeof report);
            for (size_t i = 0; i < shift; i++) strcat(text, "a");
            while (strlen(text) < 600) strcat(text, characters[kind]);
            pinna_report_add(&report, PINNA_SEVERITY_NOTE, "long", "%s", text);
            size_t length = strlen(report.entries[0].text);
            cr_expect_eq(length, longest_whole_prefix(text, PINNA_REPORT_TEXT_BYTES),
                         "%zu-byte character, shift %zu: %zu", kind + 1, shift, length);
            cr_expect_arr_eq(report.entries[0].text, text, length);
        }
    }
}

Test(report, text_that_just_fits_is_whole)
{
    static pinna_report report;
    char text[PINNA_REPORT_TEXT_BYTES];
    memset(text, 'y', sizeof text);
    memcpy(text + sizeof text - 3, "\xC3\xA9", 3);
    pinna_report_add(&report, PINNA_SEVERITY_NOTE, "fits", "%s", text);
    cr_expect_str_eq(report.entries[0].text, text);
}

Test(report, long_names_are_cut)
{
    static pinna_report report;
    pinna_report_add(&report, PINNA_SEVERITY_NOTE, "a-name-that-is-much-longer-than-thirty-two-bytes", "text");
    cr_expect_eq(strlen(report.entries[0].name), PINNA_REPORT_NAME_BYTES - 1);
}
