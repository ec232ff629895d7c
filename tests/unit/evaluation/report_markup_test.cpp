// The parts that reports are made of: escaping, numbers, marks.
#include <gtest/gtest.h>
#include <limits>
#include <set>
#include <string>

#include "evaluation/report/markup.hpp"
#include "evaluation/report/picture.hpp"
#include "evaluation/report/plain_unicode.hpp"
#include "evaluation/report/wording.hpp"

namespace undertone::evaluation {
namespace {

std::string leaf(std::string_view text) {
  Markup markup;
  markup.leaf("p", text);
  return markup.take();
}

TEST(ReportMarkup, ClosesWhatItOpens) {
  Markup markup;
  {
    const auto list = markup.open("ul", {{"class", ""}, {"id", "a"}});
    const auto item = markup.open("li");
    markup.empty("path", {{"d", "M0 0"}, {"width", 1.5}, {"height", 2}});
    markup.text("x");
  }
  EXPECT_EQ(markup.take(),
            "<!doctype html>\n<ul id=\"a\">\n<li><path d=\"M0 0\" width=\"1.5\" height=\"2\" />x"
            "</li></ul>\n");
}

TEST(ReportMarkup, EscapesTextAndAttributes) {
  EXPECT_EQ(leaf("<b>&\"'"), "<!doctype html><p>&lt;b&gt;&amp;&quot;'</p>\n");
  Markup markup;
  markup.empty("meta", {{"content", "\"><script>"}});
  EXPECT_EQ(markup.take(), "<!doctype html><meta content=\"&quot;&gt;&lt;script&gt;\" />\n");
}

TEST(ReportMarkup, ReplacesWhatNoDocumentMayHold) {
  constexpr const char* kReplacement = "\xEF\xBF\xBD";
  // Controls, bytes out of place, an overlong "/", a surrogate, U+FFFE, beyond U+10FFFF.
  EXPECT_EQ(plain(std::string_view("\0", 1)), kReplacement);
  EXPECT_EQ(plain("\x1B"), kReplacement);
  EXPECT_EQ(plain("\xC2\x85"), kReplacement);
  EXPECT_EQ(plain("\xFF"), kReplacement);
  EXPECT_EQ(plain("\xE6\x80"), std::string(kReplacement) + kReplacement);
  EXPECT_EQ(plain("\xC0\xAF"), std::string(kReplacement) + kReplacement);
  EXPECT_EQ(plain("\xED\xA0\x80").find("\xED"), std::string::npos);
  EXPECT_EQ(plain("\xEF\xBF\xBE"), kReplacement);
  EXPECT_EQ(plain("\xF4\x90\x80\x80").find("\xF4"), std::string::npos);
  EXPECT_EQ(plain("a\tb\nc"), "a b c");
  EXPECT_EQ(plain("é怒😀"), "é怒😀");
}

TEST(ReportMarkup, ShortensToAWidth) {
  EXPECT_EQ(shortened("Disgust", 9), "Disgust");
  const std::string cut = shortened("怒怒怒怒怒怒怒怒", 4);
  EXPECT_EQ(cut, "怒怒怒…");
  EXPECT_LE(width_in_ems(shortened(std::string(300, 'W'), 7)), 7);
  EXPECT_EQ(shortened("", 7), "");
}

TEST(ReportWording, WritesNumbersForReaders) {
  EXPECT_EQ(percent(0.5613), "56.1\u202F%");
  EXPECT_EQ(percent(1), "100.0\u202F%");
  EXPECT_EQ(percent_range({0.512, 0.608}), "51.2–60.8\u202F%");
  EXPECT_EQ(points(-0.1985), "\u221219.9 points");
  EXPECT_EQ(points(0.004), "+0.4 points");
  EXPECT_EQ(points(-0.0001), "±0.0 points");
  EXPECT_EQ(decimal(-0.0001, 2), "0.00");
  EXPECT_EQ(count(0), "0");
  EXPECT_EQ(count(999), "999");
  EXPECT_EQ(count(7442), "7,442");
  EXPECT_EQ(count(1234567), "1,234,567");
  EXPECT_EQ(counted(1, "clip"), "1 clip");
  EXPECT_EQ(counted(2, "clip"), "2 clips");
}

TEST(ReportWording, NeverWritesWhatIsNotFinite) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinite = std::numeric_limits<double>::infinity();
  for (const std::string& text : {percent(nan), points(infinite), decimal(-infinite, 2),
                                  signed_decimal(nan, 3), percent_range({nan, 1})}) {
    EXPECT_EQ(text, kNotANumber);
  }
  EXPECT_EQ(coordinate(nan), "0");
}

TEST(ReportPicture, CoordinatesAreShort) {
  EXPECT_EQ(coordinate(12), "12");
  EXPECT_EQ(coordinate(1.504), "1.5");
  EXPECT_EQ(coordinate(-0.001), "0");
  EXPECT_EQ(coordinate(-3.25), "-3.25");
  EXPECT_EQ(coordinate(100), "100");
}

TEST(ReportPicture, SixtyFourLabelsDifferInColourOrShape) {
  std::set<std::string> marks;
  for (std::size_t label = 0; label < 64; ++label) {
    marks.insert(colour_class(label) + marker_path(label, 0, 0, 1));
  }
  EXPECT_EQ(marks.size(), 64U);
}

TEST(ReportPicture, ScalesClamp) {
  const Scale scale{0, 1, 100, 300};
  EXPECT_EQ(scale.at(0.5), 200);
  EXPECT_EQ(scale.at(-1), 100);
  EXPECT_EQ(scale.at(2), 300);
  EXPECT_EQ(scale.at(std::numeric_limits<double>::quiet_NaN()), 100);
}

}  // namespace
}  // namespace undertone::evaluation
