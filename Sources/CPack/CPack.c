// Made by scripts/generate.sh: run it after adding or removing a file of Packs/tera.
#include "CPack.h"
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char file0[] = {
#embed "../../Packs/tera/builds/366226/build.pack"
};
static const unsigned char file1[] = {
#embed "../../Packs/tera/builds/366226/opcodes.txt"
};
static const unsigned char file2[] = {
#embed "../../Packs/tera/builds/367078/build.pack"
};
static const unsigned char file3[] = {
#embed "../../Packs/tera/builds/367078/opcodes.txt"
};
static const unsigned char file4[] = {
#embed "../../Packs/tera/builds/367080/build.pack"
};
static const unsigned char file5[] = {
#embed "../../Packs/tera/builds/367080/opcodes.txt"
};
static const unsigned char file6[] = {
#embed "../../Packs/tera/builds/367081/build.pack"
};
static const unsigned char file7[] = {
#embed "../../Packs/tera/builds/367081/opcodes.txt"
};
static const unsigned char file8[] = {
#embed "../../Packs/tera/builds/376012/build.pack"
};
static const unsigned char file9[] = {
#embed "../../Packs/tera/builds/376012/opcodes.txt"
};
static const unsigned char file10[] = {
#embed "../../Packs/tera/layouts/admin.layout"
};
static const unsigned char file11[] = {
#embed "../../Packs/tera/layouts/combat.layout"
};
static const unsigned char file12[] = {
#embed "../../Packs/tera/layouts/items.layout"
};
static const unsigned char file13[] = {
#embed "../../Packs/tera/layouts/movement.layout"
};
static const unsigned char file14[] = {
#embed "../../Packs/tera/layouts/quests.layout"
};
static const unsigned char file15[] = {
#embed "../../Packs/tera/layouts/server.layout"
};
static const unsigned char file16[] = {
#embed "../../Packs/tera/layouts/session.layout"
};
static const unsigned char file17[] = {
#embed "../../Packs/tera/layouts/social.layout"
};
static const unsigned char file18[] = {
#embed "../../Packs/tera/layouts/trade.layout"
};
static const unsigned char file19[] = {
#embed "../../Packs/tera/rules/010-direction.yaml"
};
static const unsigned char file20[] = {
#embed "../../Packs/tera/rules/011-unknown-opcode.yaml"
};
static const unsigned char file21[] = {
#embed "../../Packs/tera/rules/020-references.yaml"
};
static const unsigned char file22[] = {
#embed "../../Packs/tera/rules/021-unterminated-text.yaml"
};
static const unsigned char file23[] = {
#embed "../../Packs/tera/rules/022-data-order.yaml"
};
static const unsigned char file24[] = {
#embed "../../Packs/tera/rules/030-too-short.yaml"
};
static const unsigned char file25[] = {
#embed "../../Packs/tera/rules/031-too-long.yaml"
};
static const unsigned char file26[] = {
#embed "../../Packs/tera/rules/032-trailing-bytes.yaml"
};
static const unsigned char file27[] = {
#embed "../../Packs/tera/rules/040-text-form.yaml"
};
static const unsigned char file28[] = {
#embed "../../Packs/tera/rules/041-limits.yaml"
};
static const unsigned char file29[] = {
#embed "../../Packs/tera/rules/050-finite-floats.yaml"
};
static const unsigned char file30[] = {
#embed "../../Packs/tera/rules/060-bools.yaml"
};
static const unsigned char file31[] = {
#embed "../../Packs/tera/rules/110-login-order.yaml"
};
static const unsigned char file32[] = {
#embed "../../Packs/tera/rules/111-login-repeated.yaml"
};
static const unsigned char file33[] = {
#embed "../../Packs/tera/rules/112-phase.yaml"
};
static const unsigned char file34[] = {
#embed "../../Packs/tera/rules/113-zone-loaded.yaml"
};
static const unsigned char file35[] = {
#embed "../../Packs/tera/rules/114-select-in-game.yaml"
};
static const unsigned char file36[] = {
#embed "../../Packs/tera/rules/115-revive-alive.yaml"
};
static const unsigned char file37[] = {
#embed "../../Packs/tera/rules/116-version-array.yaml"
};
static const unsigned char file38[] = {
#embed "../../Packs/tera/rules/200-privilege.yaml"
};
static const unsigned char file39[] = {
#embed "../../Packs/tera/rules/300-chat-markup.yaml"
};
static const unsigned char file40[] = {
#embed "../../Packs/tera/rules/301-text-markup.yaml"
};
static const unsigned char file41[] = {
#embed "../../Packs/tera/rules/302-plain-texts.yaml"
};
static const unsigned char file42[] = {
#embed "../../Packs/tera/rules/310-names.yaml"
};
static const unsigned char file43[] = {
#embed "../../Packs/tera/rules/311-name-length.yaml"
};
static const unsigned char file44[] = {
#embed "../../Packs/tera/rules/320-text-lengths.yaml"
};
static const unsigned char file45[] = {
#embed "../../Packs/tera/rules/330-chat-channels.yaml"
};
static const unsigned char file46[] = {
#embed "../../Packs/tera/rules/331-joined-channels.yaml"
};
static const unsigned char file47[] = {
#embed "../../Packs/tera/rules/332-private-channel-ids.yaml"
};
static const unsigned char file48[] = {
#embed "../../Packs/tera/rules/400-amounts.yaml"
};
static const unsigned char file49[] = {
#embed "../../Packs/tera/rules/410-prices.yaml"
};
static const unsigned char file50[] = {
#embed "../../Packs/tera/rules/411-price-times-quantity.yaml"
};
static const unsigned char file51[] = {
#embed "../../Packs/tera/rules/412-money-or-item.yaml"
};
static const unsigned char file52[] = {
#embed "../../Packs/tera/rules/420-two-servants.yaml"
};
static const unsigned char file53[] = {
#embed "../../Packs/tera/rules/430-guild-war-page.yaml"
};
static const unsigned char file54[] = {
#embed "../../Packs/tera/rules/440-ranking-92.yaml"
};
static const unsigned char file55[] = {
#embed "../../Packs/tera/rules/441-ranking-100.yaml"
};
static const unsigned char file56[] = {
#embed "../../Packs/tera/rules/450-sections.yaml"
};
static const unsigned char file57[] = {
#embed "../../Packs/tera/rules/460-settings.yaml"
};
static const unsigned char file58[] = {
#embed "../../Packs/tera/rules/470-pages.yaml"
};
static const unsigned char file59[] = {
#embed "../../Packs/tera/rules/480-small-indices.yaml"
};
static const unsigned char file60[] = {
#embed "../../Packs/tera/rules/481-bank-offsets.yaml"
};
static const unsigned char file61[] = {
#embed "../../Packs/tera/rules/490-new-characters.yaml"
};
static const unsigned char file62[] = {
#embed "../../Packs/tera/rules/500-zero-hash.yaml"
};
static const unsigned char file63[] = {
#embed "../../Packs/tera/rules/501-missing-header.yaml"
};
static const unsigned char file64[] = {
#embed "../../Packs/tera/rules/502-stamp-counter.yaml"
};
static const unsigned char file65[] = {
#embed "../../Packs/tera/rules/510-first-packet.yaml"
};
static const unsigned char file66[] = {
#embed "../../Packs/tera/rules/511-no-background.yaml"
};
static const unsigned char file67[] = {
#embed "../../Packs/tera/rules/512-instant-loading.yaml"
};
static const unsigned char file68[] = {
#embed "../../Packs/tera/rules/520-empty-numbers.yaml"
};
static const unsigned char file69[] = {
#embed "../../Packs/tera/rules/521-interleaved-lists.yaml"
};
static const unsigned char file70[] = {
#embed "../../Packs/tera/rules/530-client-time.yaml"
};
static const unsigned char file71[] = {
#embed "../../Packs/tera/rules/531-leaps.yaml"
};
static const unsigned char file72[] = {
#embed "../../Packs/tera/rules/532-clock-back.yaml"
};
static const unsigned char file73[] = {
#embed "../../Packs/tera/rules/533-clock-fast.yaml"
};
static const unsigned char file74[] = {
#embed "../../Packs/tera/rules/540-retries.yaml"
};
static const unsigned char file75[] = {
#embed "../../Packs/tera/rules/541-measured-pings.yaml"
};
static const unsigned char file76[] = {
#embed "../../Packs/tera/rules/542-loot-reaction.yaml"
};
static const unsigned char file77[] = {
#embed "../../Packs/tera/rules/543-simultaneous-aim.yaml"
};
static const unsigned char file78[] = {
#embed "../../Packs/tera/rules/544-cast-on-answer.yaml"
};
static const unsigned char file79[] = {
#embed "../../Packs/tera/rules/545-projectile-hits.yaml"
};
static const unsigned char file80[] = {
#embed "../../Packs/tera/rules/546-instant-skills.yaml"
};
static const unsigned char file81[] = {
#embed "../../Packs/tera/rules/547-remote-contracts.yaml"
};
static const unsigned char file82[] = {
#embed "../../Packs/tera/rules/548-bank-bursts.yaml"
};
static const unsigned char file83[] = {
#embed "../../Packs/tera/rules/549-cutscenes.yaml"
};
static const unsigned char file84[] = {
#embed "../../Packs/tera/rules/550-unannounced-things.yaml"
};
static const unsigned char file85[] = {
#embed "../../Packs/tera/rules/551-unannounced-targets.yaml"
};
static const unsigned char file86[] = {
#embed "../../Packs/tera/rules/552-unfinished-work.yaml"
};
static const unsigned char file87[] = {
#embed "../../Packs/tera/rules/553-hurried-work.yaml"
};
static const unsigned char file88[] = {
#embed "../../Packs/tera/rules/555-items-from-nowhere.yaml"
};
static const unsigned char file89[] = {
#embed "../../Packs/tera/rules/556-aimless-skills.yaml"
};
static const unsigned char file90[] = {
#embed "../../Packs/tera/rules/557-inherited-gear.yaml"
};
static const unsigned char file91[] = {
#embed "../../Packs/tera/rules/558-quests-by-the-clock.yaml"
};
static const unsigned char file92[] = {
#embed "../../Packs/tera/rules/559-rhythm.yaml"
};
static const unsigned char file93[] = {
#embed "../../Packs/tera/rules/561-silent-reports.yaml"
};
static const unsigned char file94[] = {
#embed "../../Packs/tera/rules/590-tool-channels.yaml"
};
static const unsigned char file95[] = {
#embed "../../Packs/tera/rules/591-commands.yaml"
};
static const unsigned char file96[] = {
#embed "../../Packs/tera/rules/600-far-positions.yaml"
};
static const unsigned char file97[] = {
#embed "../../Packs/tera/rules/610-movement-kinds.yaml"
};
static const unsigned char file98[] = {
#embed "../../Packs/tera/rules/620-visible-range.yaml"
};
static const unsigned char file99[] = {
#embed "../../Packs/tera/rules/700-shop-lists.yaml"
};
static const unsigned char file100[] = {
#embed "../../Packs/tera/rules/701-broker-searches.yaml"
};
static const unsigned char file101[] = {
#embed "../../Packs/tera/rules/702-looking-at-people.yaml"
};
static const unsigned char file102[] = {
#embed "../../Packs/tera/rules/703-account-lists.yaml"
};
static const unsigned char file103[] = {
#embed "../../Packs/tera/rules/704-images.yaml"
};
static const unsigned char file104[] = {
#embed "../../Packs/tera/rules/710-saving-settings.yaml"
};
static const unsigned char file105[] = {
#embed "../../Packs/tera/rules/720-passwords.yaml"
};
static const unsigned char file106[] = {
#embed "../../Packs/tera/rules/730-parcels.yaml"
};
static const unsigned char file107[] = {
#embed "../../Packs/tera/rules/740-bank.yaml"
};
static const unsigned char file108[] = {
#embed "../../Packs/tera/rules/800-dismantling.yaml"
};
static const unsigned char file109[] = {
#embed "../../Packs/tera/rules/801-merging.yaml"
};
static const unsigned char file110[] = {
#embed "../../Packs/tera/rules/802-trade-done.yaml"
};
static const unsigned char file111[] = {
#embed "../../Packs/tera/rules/803-bank-open.yaml"
};
static const unsigned char file112[] = {
#embed "../../Packs/tera/rules/804-contracts.yaml"
};
static const unsigned char file113[] = {
#embed "../../Packs/tera/rules/810-own-character.yaml"
};
static const unsigned char file114[] = {
#embed "../../Packs/tera/rules/820-pong.yaml"
};
static const unsigned char file115[] = {
#embed "../../Packs/tera/rules/821-update-notices.yaml"
};

static const struct mystel_pack_file mystel_pack_files[] = {
    {"builds/366226/build.pack", file0, sizeof file0},
    {"builds/366226/opcodes.txt", file1, sizeof file1},
    {"builds/367078/build.pack", file2, sizeof file2},
    {"builds/367078/opcodes.txt", file3, sizeof file3},
    {"builds/367080/build.pack", file4, sizeof file4},
    {"builds/367080/opcodes.txt", file5, sizeof file5},
    {"builds/367081/build.pack", file6, sizeof file6},
    {"builds/367081/opcodes.txt", file7, sizeof file7},
    {"builds/376012/build.pack", file8, sizeof file8},
    {"builds/376012/opcodes.txt", file9, sizeof file9},
    {"layouts/admin.layout", file10, sizeof file10},
    {"layouts/combat.layout", file11, sizeof file11},
    {"layouts/items.layout", file12, sizeof file12},
    {"layouts/movement.layout", file13, sizeof file13},
    {"layouts/quests.layout", file14, sizeof file14},
    {"layouts/server.layout", file15, sizeof file15},
    {"layouts/session.layout", file16, sizeof file16},
    {"layouts/social.layout", file17, sizeof file17},
    {"layouts/trade.layout", file18, sizeof file18},
    {"rules/010-direction.yaml", file19, sizeof file19},
    {"rules/011-unknown-opcode.yaml", file20, sizeof file20},
    {"rules/020-references.yaml", file21, sizeof file21},
    {"rules/021-unterminated-text.yaml", file22, sizeof file22},
    {"rules/022-data-order.yaml", file23, sizeof file23},
    {"rules/030-too-short.yaml", file24, sizeof file24},
    {"rules/031-too-long.yaml", file25, sizeof file25},
    {"rules/032-trailing-bytes.yaml", file26, sizeof file26},
    {"rules/040-text-form.yaml", file27, sizeof file27},
    {"rules/041-limits.yaml", file28, sizeof file28},
    {"rules/050-finite-floats.yaml", file29, sizeof file29},
    {"rules/060-bools.yaml", file30, sizeof file30},
    {"rules/110-login-order.yaml", file31, sizeof file31},
    {"rules/111-login-repeated.yaml", file32, sizeof file32},
    {"rules/112-phase.yaml", file33, sizeof file33},
    {"rules/113-zone-loaded.yaml", file34, sizeof file34},
    {"rules/114-select-in-game.yaml", file35, sizeof file35},
    {"rules/115-revive-alive.yaml", file36, sizeof file36},
    {"rules/116-version-array.yaml", file37, sizeof file37},
    {"rules/200-privilege.yaml", file38, sizeof file38},
    {"rules/300-chat-markup.yaml", file39, sizeof file39},
    {"rules/301-text-markup.yaml", file40, sizeof file40},
    {"rules/302-plain-texts.yaml", file41, sizeof file41},
    {"rules/310-names.yaml", file42, sizeof file42},
    {"rules/311-name-length.yaml", file43, sizeof file43},
    {"rules/320-text-lengths.yaml", file44, sizeof file44},
    {"rules/330-chat-channels.yaml", file45, sizeof file45},
    {"rules/331-joined-channels.yaml", file46, sizeof file46},
    {"rules/332-private-channel-ids.yaml", file47, sizeof file47},
    {"rules/400-amounts.yaml", file48, sizeof file48},
    {"rules/410-prices.yaml", file49, sizeof file49},
    {"rules/411-price-times-quantity.yaml", file50, sizeof file50},
    {"rules/412-money-or-item.yaml", file51, sizeof file51},
    {"rules/420-two-servants.yaml", file52, sizeof file52},
    {"rules/430-guild-war-page.yaml", file53, sizeof file53},
    {"rules/440-ranking-92.yaml", file54, sizeof file54},
    {"rules/441-ranking-100.yaml", file55, sizeof file55},
    {"rules/450-sections.yaml", file56, sizeof file56},
    {"rules/460-settings.yaml", file57, sizeof file57},
    {"rules/470-pages.yaml", file58, sizeof file58},
    {"rules/480-small-indices.yaml", file59, sizeof file59},
    {"rules/481-bank-offsets.yaml", file60, sizeof file60},
    {"rules/490-new-characters.yaml", file61, sizeof file61},
    {"rules/500-zero-hash.yaml", file62, sizeof file62},
    {"rules/501-missing-header.yaml", file63, sizeof file63},
    {"rules/502-stamp-counter.yaml", file64, sizeof file64},
    {"rules/510-first-packet.yaml", file65, sizeof file65},
    {"rules/511-no-background.yaml", file66, sizeof file66},
    {"rules/512-instant-loading.yaml", file67, sizeof file67},
    {"rules/520-empty-numbers.yaml", file68, sizeof file68},
    {"rules/521-interleaved-lists.yaml", file69, sizeof file69},
    {"rules/530-client-time.yaml", file70, sizeof file70},
    {"rules/531-leaps.yaml", file71, sizeof file71},
    {"rules/532-clock-back.yaml", file72, sizeof file72},
    {"rules/533-clock-fast.yaml", file73, sizeof file73},
    {"rules/540-retries.yaml", file74, sizeof file74},
    {"rules/541-measured-pings.yaml", file75, sizeof file75},
    {"rules/542-loot-reaction.yaml", file76, sizeof file76},
    {"rules/543-simultaneous-aim.yaml", file77, sizeof file77},
    {"rules/544-cast-on-answer.yaml", file78, sizeof file78},
    {"rules/545-projectile-hits.yaml", file79, sizeof file79},
    {"rules/546-instant-skills.yaml", file80, sizeof file80},
    {"rules/547-remote-contracts.yaml", file81, sizeof file81},
    {"rules/548-bank-bursts.yaml", file82, sizeof file82},
    {"rules/549-cutscenes.yaml", file83, sizeof file83},
    {"rules/550-unannounced-things.yaml", file84, sizeof file84},
    {"rules/551-unannounced-targets.yaml", file85, sizeof file85},
    {"rules/552-unfinished-work.yaml", file86, sizeof file86},
    {"rules/553-hurried-work.yaml", file87, sizeof file87},
    {"rules/555-items-from-nowhere.yaml", file88, sizeof file88},
    {"rules/556-aimless-skills.yaml", file89, sizeof file89},
    {"rules/557-inherited-gear.yaml", file90, sizeof file90},
    {"rules/558-quests-by-the-clock.yaml", file91, sizeof file91},
    {"rules/559-rhythm.yaml", file92, sizeof file92},
    {"rules/561-silent-reports.yaml", file93, sizeof file93},
    {"rules/590-tool-channels.yaml", file94, sizeof file94},
    {"rules/591-commands.yaml", file95, sizeof file95},
    {"rules/600-far-positions.yaml", file96, sizeof file96},
    {"rules/610-movement-kinds.yaml", file97, sizeof file97},
    {"rules/620-visible-range.yaml", file98, sizeof file98},
    {"rules/700-shop-lists.yaml", file99, sizeof file99},
    {"rules/701-broker-searches.yaml", file100, sizeof file100},
    {"rules/702-looking-at-people.yaml", file101, sizeof file101},
    {"rules/703-account-lists.yaml", file102, sizeof file102},
    {"rules/704-images.yaml", file103, sizeof file103},
    {"rules/710-saving-settings.yaml", file104, sizeof file104},
    {"rules/720-passwords.yaml", file105, sizeof file105},
    {"rules/730-parcels.yaml", file106, sizeof file106},
    {"rules/740-bank.yaml", file107, sizeof file107},
    {"rules/800-dismantling.yaml", file108, sizeof file108},
    {"rules/801-merging.yaml", file109, sizeof file109},
    {"rules/802-trade-done.yaml", file110, sizeof file110},
    {"rules/803-bank-open.yaml", file111, sizeof file111},
    {"rules/804-contracts.yaml", file112, sizeof file112},
    {"rules/810-own-character.yaml", file113, sizeof file113},
    {"rules/820-pong.yaml", file114, sizeof file114},
    {"rules/821-update-notices.yaml", file115, sizeof file115},
};
const size_t mystel_pack_file_count = 116;

const struct mystel_pack_file *mystel_pack_first(void) { return mystel_pack_files; }
