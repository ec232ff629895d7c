#include "evaluation/report/markup.hpp"

#include <cassert>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include "evaluation/report/plain_unicode.hpp"

namespace undertone::evaluation {

std::string coordinate(double value) {
  if (!std::isfinite(value)) return "0";
  std::string text = fmt::format("{:.2f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

Markup::Element::~Element() {
  markup_.out_ += "</" + markup_.open_.back() + ">";
  markup_.open_.pop_back();
}

void Markup::begin(std::string_view name, Attributes attributes) {
  out_ += '<';
  out_ += name;
  for (const Attribute& attribute : attributes) {
    if (attribute.name == "class" && attribute.value.empty()) continue;
    out_ += ' ';
    out_ += attribute.name;
    out_ += "=\"";
    escape(attribute.value);
    out_ += '"';
  }
}

Markup::Element Markup::open(std::string_view name, Attributes attributes) {
  out_ += '\n';
  begin(name, attributes);
  out_ += '>';
  open_.emplace_back(name);
  return Element(*this);
}

void Markup::leaf(std::string_view name, Attributes attributes, std::string_view content) {
  begin(name, attributes);
  out_ += '>';
  escape(content);
  out_ += "</";
  out_ += name;
  out_ += '>';
}

void Markup::empty(std::string_view name, Attributes attributes) {
  begin(name, attributes);
  out_ += " />";
}

void Markup::text(std::string_view content) { escape(content); }

void Markup::style_sheet(std::string_view css) {
  assert(css.find_first_of("<&") == std::string_view::npos);
  out_ += "\n<style>";
  out_ += css;
  out_ += "</style>";
}

std::string Markup::take() {
  assert(open_.empty());
  out_ += '\n';
  return std::exchange(out_, {});
}

void Markup::escape(std::string_view content) {
  for (const std::string_view piece : characters_of(content)) {
    if (piece == "&") {
      out_ += "&amp;";
    } else if (piece == "<") {
      out_ += "&lt;";
    } else if (piece == ">") {
      out_ += "&gt;";
    } else if (piece == "\"") {
      out_ += "&quot;";
    } else {
      out_ += piece;
    }
  }
}

}  // namespace undertone::evaluation
