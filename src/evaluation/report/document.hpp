// What every page begins with.
#pragma once

#include <string>
#include <vector>

#include "evaluation/report/markup.hpp"

namespace undertone::evaluation {

struct Link {
  std::string target;
  std::string text;
};

// <head>: a policy under which nothing runs or loads, the title, the styles.
void write_head(Markup& markup, const std::string& title);

// The page's contents, as links into it.
void write_navigation(Markup& markup, const std::vector<Link>& links);

}  // namespace undertone::evaluation
