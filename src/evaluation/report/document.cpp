#include "evaluation/report/document.hpp"

#include "evaluation/report/style_sheet.hpp"

namespace undertone::evaluation {

void write_head(Markup& markup, const std::string& title) {
  const auto head = markup.open("head");
  markup.empty("meta", {{"charset", "utf-8"}});
  // Even if something slipped through, a browser would load and run nothing.
  markup.empty("meta", {{"http-equiv", "Content-Security-Policy"},
                        {"content",
                         "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri "
                         "'none'; form-action 'none'"}});
  markup.empty("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
  markup.empty("meta", {{"name", "referrer"}, {"content", "no-referrer"}});
  // An empty picture: or else a browser asks the server for /favicon.ico.
  markup.empty("link", {{"rel", "icon"}, {"href", "data:,"}});
  markup.leaf("title", title + " – Undertone");
  markup.style_sheet(style_sheet());
}

void write_navigation(Markup& markup, const std::vector<Link>& links) {
  const auto navigation = markup.open("nav", {{"aria-label", "Contents"}});
  const auto list = markup.open("ul");
  for (const Link& link : links) {
    const auto item = markup.open("li");
    markup.leaf("a", {{"href", "#" + link.target}}, link.text);
  }
}

}  // namespace undertone::evaluation
