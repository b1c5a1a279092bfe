#include "CMillraceAssets.h"

// The files stay files, for editors and browsers; the compiler puts their bytes into the program (C23). SwiftPM's own way, an array literal in
// Swift, takes it 15 s of a core for the same bytes.
#if !defined(__has_embed)
#error "expected a compiler that knows #embed: clang 19 or later, as Swift 6.2 has it"
#endif
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char actions_js[] = {
#embed "../MillraceDashboard/Page/actions.js"
};
static const unsigned char alerts_js[] = {
#embed "../MillraceDashboard/Page/alerts.js"
};
static const unsigned char api_js[] = {
#embed "../MillraceDashboard/Page/api.js"
};
static const unsigned char app_js[] = {
#embed "../MillraceDashboard/Page/app.js"
};
static const unsigned char chart_js[] = {
#embed "../MillraceDashboard/Page/chart.js"
};
static const unsigned char dialog_js[] = {
#embed "../MillraceDashboard/Page/dialog.js"
};
static const unsigned char dom_js[] = {
#embed "../MillraceDashboard/Page/dom.js"
};
static const unsigned char form_js[] = {
#embed "../MillraceDashboard/Page/form.js"
};
static const unsigned char format_js[] = {
#embed "../MillraceDashboard/Page/format.js"
};
static const unsigned char graph_js[] = {
#embed "../MillraceDashboard/Page/graph.js"
};
static const unsigned char icon_svg[] = {
#embed "../MillraceDashboard/Page/icon.svg"
};
static const unsigned char index_html[] = {
#embed "../MillraceDashboard/Page/index.html"
};
static const unsigned char layers_js[] = {
#embed "../MillraceDashboard/Page/layers.js"
};
static const unsigned char layout_css[] = {
#embed "../MillraceDashboard/Page/layout.css"
};
static const unsigned char letters_js[] = {
#embed "../MillraceDashboard/Page/letters.js"
};
static const unsigned char live_js[] = {
#embed "../MillraceDashboard/Page/live.js"
};
static const unsigned char login_js[] = {
#embed "../MillraceDashboard/Page/login.js"
};
static const unsigned char logs_js[] = {
#embed "../MillraceDashboard/Page/logs.js"
};
static const unsigned char metrics_js[] = {
#embed "../MillraceDashboard/Page/metrics.js"
};
static const unsigned char parts_css[] = {
#embed "../MillraceDashboard/Page/parts.css"
};
static const unsigned char queues_js[] = {
#embed "../MillraceDashboard/Page/queues.js"
};
static const unsigned char run_js[] = {
#embed "../MillraceDashboard/Page/run.js"
};
static const unsigned char rundata_js[] = {
#embed "../MillraceDashboard/Page/rundata.js"
};
static const unsigned char rungraph_js[] = {
#embed "../MillraceDashboard/Page/rungraph.js"
};
static const unsigned char runs_js[] = {
#embed "../MillraceDashboard/Page/runs.js"
};
static const unsigned char schedules_js[] = {
#embed "../MillraceDashboard/Page/schedules.js"
};
static const unsigned char states_js[] = {
#embed "../MillraceDashboard/Page/states.js"
};
static const unsigned char theme_js[] = {
#embed "../MillraceDashboard/Page/theme.js"
};
static const unsigned char timeline_js[] = {
#embed "../MillraceDashboard/Page/timeline.js"
};
static const unsigned char tokens_css[] = {
#embed "../MillraceDashboard/Page/tokens.css"
};
static const unsigned char values_js[] = {
#embed "../MillraceDashboard/Page/values.js"
};
static const unsigned char views_css[] = {
#embed "../MillraceDashboard/Page/views.css"
};
static const unsigned char workflows_js[] = {
#embed "../MillraceDashboard/Page/workflows.js"
};
static const unsigned char openapi_json[] = {
#embed "../MillraceDashboard/openapi.json"
};

#define ASSET(path, type, bytes) {path, type, bytes, sizeof(bytes)}
#define HTML "text/html; charset=utf-8"
#define CSS "text/css; charset=utf-8"
#define SCRIPT "text/javascript; charset=utf-8"

static const struct millrace_asset assets[] = {
    ASSET("/actions.js", SCRIPT, actions_js),
    ASSET("/alerts.js", SCRIPT, alerts_js),
    ASSET("/api.js", SCRIPT, api_js),
    ASSET("/app.js", SCRIPT, app_js),
    ASSET("/chart.js", SCRIPT, chart_js),
    ASSET("/dialog.js", SCRIPT, dialog_js),
    ASSET("/dom.js", SCRIPT, dom_js),
    ASSET("/form.js", SCRIPT, form_js),
    ASSET("/format.js", SCRIPT, format_js),
    ASSET("/graph.js", SCRIPT, graph_js),
    ASSET("/icon.svg", "image/svg+xml", icon_svg),
    ASSET("/", HTML, index_html),
    ASSET("/layers.js", SCRIPT, layers_js),
    ASSET("/layout.css", CSS, layout_css),
    ASSET("/letters.js", SCRIPT, letters_js),
    ASSET("/live.js", SCRIPT, live_js),
    ASSET("/login.js", SCRIPT, login_js),
    ASSET("/logs.js", SCRIPT, logs_js),
    ASSET("/metrics.js", SCRIPT, metrics_js),
    ASSET("/parts.css", CSS, parts_css),
    ASSET("/queues.js", SCRIPT, queues_js),
    ASSET("/run.js", SCRIPT, run_js),
    ASSET("/rundata.js", SCRIPT, rundata_js),
    ASSET("/rungraph.js", SCRIPT, rungraph_js),
    ASSET("/runs.js", SCRIPT, runs_js),
    ASSET("/schedules.js", SCRIPT, schedules_js),
    ASSET("/states.js", SCRIPT, states_js),
    ASSET("/theme.js", SCRIPT, theme_js),
    ASSET("/timeline.js", SCRIPT, timeline_js),
    ASSET("/tokens.css", CSS, tokens_css),
    ASSET("/values.js", SCRIPT, values_js),
    ASSET("/views.css", CSS, views_css),
    ASSET("/workflows.js", SCRIPT, workflows_js),
};

const struct millrace_asset *millrace_assets(void) { return assets; }

size_t millrace_asset_count(void) { return sizeof(assets) / sizeof(*assets); }

struct millrace_asset millrace_api_description(void) {
  return (struct millrace_asset)ASSET("/openapi.json", "application/json", openapi_json);
}
