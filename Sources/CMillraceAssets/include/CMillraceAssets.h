#ifndef CMILLRACE_ASSETS_H
#define CMILLRACE_ASSETS_H

#include <stddef.h>

/// A file as a part of the program.
struct millrace_asset {
  /// Under which it is served.
  const char *path;
  /// As HTTP names it.
  const char *type;
  const unsigned char *bytes;
  size_t count;
};

/// All there are: constants, as many as millrace_asset_count says.
const struct millrace_asset *millrace_assets(void);
size_t millrace_asset_count(void);

/// The description of the JSON API, which is no part of the page.
struct millrace_asset millrace_api_description(void);

#endif
