// Made by scripts/generate.sh: run it after adding or removing a file of Dashboard.
#include "CDashboard.h"
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char file0[] = {
#embed "../../Dashboard/door.js"
};
static const unsigned char file1[] = {
#embed "../../Dashboard/frame.js"
};
static const unsigned char file2[] = {
#embed "../../Dashboard/icon.svg"
};
static const unsigned char file3[] = {
#embed "../../Dashboard/index.html"
};
static const unsigned char file4[] = {
#embed "../../Dashboard/layout.css"
};
static const unsigned char file5[] = {
#embed "../../Dashboard/main.js"
};
static const unsigned char file6[] = {
#embed "../../Dashboard/parts/api.js"
};
static const unsigned char file7[] = {
#embed "../../Dashboard/parts/chart.js"
};
static const unsigned char file8[] = {
#embed "../../Dashboard/parts/dialog.js"
};
static const unsigned char file9[] = {
#embed "../../Dashboard/parts/dom.js"
};
static const unsigned char file10[] = {
#embed "../../Dashboard/parts/format.js"
};
static const unsigned char file11[] = {
#embed "../../Dashboard/parts/live.js"
};
static const unsigned char file12[] = {
#embed "../../Dashboard/parts/table.js"
};
static const unsigned char file13[] = {
#embed "../../Dashboard/parts/words.js"
};
static const unsigned char file14[] = {
#embed "../../Dashboard/parts.css"
};
static const unsigned char file15[] = {
#embed "../../Dashboard/preferences.js"
};
static const unsigned char file16[] = {
#embed "../../Dashboard/theme.css"
};
static const unsigned char file17[] = {
#embed "../../Dashboard/views/audit.js"
};
static const unsigned char file18[] = {
#embed "../../Dashboard/views/bans.js"
};
static const unsigned char file19[] = {
#embed "../../Dashboard/views/captures.js"
};
static const unsigned char file20[] = {
#embed "../../Dashboard/views/config-edit.js"
};
static const unsigned char file21[] = {
#embed "../../Dashboard/views/config.js"
};
static const unsigned char file22[] = {
#embed "../../Dashboard/views/evidence.js"
};
static const unsigned char file23[] = {
#embed "../../Dashboard/views/feed.js"
};
static const unsigned char file24[] = {
#embed "../../Dashboard/views/overview.js"
};
static const unsigned char file25[] = {
#embed "../../Dashboard/views/rules.js"
};
static const unsigned char file26[] = {
#embed "../../Dashboard/views/sessions.js"
};
static const unsigned char file27[] = {
#embed "../../Dashboard/views/tokens.js"
};
static const unsigned char file28[] = {
#embed "../../Dashboard/words/en.js"
};
static const unsigned char file29[] = {
#embed "../../Dashboard/words/ru.js"
};

static const struct mystel_dashboard_file mystel_dashboard_files[] = {
    {"door.js", file0, sizeof file0},
    {"frame.js", file1, sizeof file1},
    {"icon.svg", file2, sizeof file2},
    {"index.html", file3, sizeof file3},
    {"layout.css", file4, sizeof file4},
    {"main.js", file5, sizeof file5},
    {"parts/api.js", file6, sizeof file6},
    {"parts/chart.js", file7, sizeof file7},
    {"parts/dialog.js", file8, sizeof file8},
    {"parts/dom.js", file9, sizeof file9},
    {"parts/format.js", file10, sizeof file10},
    {"parts/live.js", file11, sizeof file11},
    {"parts/table.js", file12, sizeof file12},
    {"parts/words.js", file13, sizeof file13},
    {"parts.css", file14, sizeof file14},
    {"preferences.js", file15, sizeof file15},
    {"theme.css", file16, sizeof file16},
    {"views/audit.js", file17, sizeof file17},
    {"views/bans.js", file18, sizeof file18},
    {"views/captures.js", file19, sizeof file19},
    {"views/config-edit.js", file20, sizeof file20},
    {"views/config.js", file21, sizeof file21},
    {"views/evidence.js", file22, sizeof file22},
    {"views/feed.js", file23, sizeof file23},
    {"views/overview.js", file24, sizeof file24},
    {"views/rules.js", file25, sizeof file25},
    {"views/sessions.js", file26, sizeof file26},
    {"views/tokens.js", file27, sizeof file27},
    {"words/en.js", file28, sizeof file28},
    {"words/ru.js", file29, sizeof file29},
};
const size_t mystel_dashboard_file_count = 30;

const struct mystel_dashboard_file *mystel_dashboard_first(void) { return mystel_dashboard_files; }
