// A document that is well formed and escaped by construction.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace undertone::evaluation {

// A place or a length in a picture: at most two digits after the point, none of them a needless 0.
std::string coordinate(double value);

struct Attribute {
  Attribute(std::string_view name_, std::string_view value_) : name(name_), value(value_) {}
  Attribute(std::string_view name_, std::floating_point auto value_)
      : name(name_), value(coordinate(static_cast<double>(value_))) {}
  Attribute(std::string_view name_, std::integral auto value_)
      : name(name_), value(std::to_string(value_)) {}

  std::string_view name;
  std::string value;
};

using Attributes = std::initializer_list<Attribute>;

// Writes elements from the outside in, as HTML that is well-formed XML too: every attribute is
// quoted, every element closed, an empty class left out. Text and attribute values may be anything:
// markup in them is escaped, and what no document may hold (control characters, bytes that are not
// UTF-8) becomes U+FFFD. Names of elements and attributes are ours and are not checked. Not
// thread-safe.
class Markup {
 public:
  // Closes its element at the end of its scope.
  class Element {
   public:
    Element(const Element&) = delete;
    Element& operator=(const Element&) = delete;
    ~Element();

   private:
    friend class Markup;
    explicit Element(Markup& markup) : markup_(markup) {}
    Markup& markup_;
  };

  // An element on a line of its own; it holds what is written while the result lives.
  [[nodiscard]] Element open(std::string_view name, Attributes attributes = {});

  // An element that holds nothing but text.
  void leaf(std::string_view name, Attributes attributes, std::string_view text);
  void leaf(std::string_view name, std::string_view text) { leaf(name, {}, text); }

  // An element that holds nothing and needs no end tag in HTML: <meta />, <path />.
  void empty(std::string_view name, Attributes attributes);

  void text(std::string_view text);

  // Our own style sheet, in which "<" and "&" never occur.
  void style_sheet(std::string_view css);

  // Everything written, all elements being closed.
  std::string take();

 private:
  void begin(std::string_view name, Attributes attributes);
  void escape(std::string_view text);

  std::string out_ = "<!doctype html>";
  std::vector<std::string> open_;
};

}  // namespace undertone::evaluation
