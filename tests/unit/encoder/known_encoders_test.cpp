#include "encoder/known_encoders.hpp"

#include <gtest/gtest.h>
#include <set>

namespace undertone::encoder {
namespace {

TEST(KnownEncoders, NamesAndRepositoriesAreTheirOwn) {
  std::set<std::string_view> names;
  for (const KnownEncoder& known : known_encoders()) {
    EXPECT_TRUE(names.insert(known.name).second) << known.name;
    EXPECT_TRUE(names.insert(known.repository).second) << known.repository;
    EXPECT_EQ(known.name.find('/'), std::string_view::npos);
    EXPECT_EQ(known_repository(known.name), known.repository);
  }
  EXPECT_EQ(known_repository("hubert-large"), "facebook/hubert-large-ll60k");
  EXPECT_EQ(known_repository("hubert"), std::nullopt);
}

TEST(KnownEncoders, GuessesWhatWasMeant) {
  EXPECT_EQ(nearest_known_name("hubert-lage"), "hubert-large");
  EXPECT_EQ(nearest_known_name("wavlm_base+plus"), "wavlm-base-plus");
  EXPECT_EQ(nearest_known_name("facebook/hubert-large-ll60"), "facebook/hubert-large-ll60k");
  EXPECT_EQ(nearest_known_name("something-else-entirely"), std::nullopt);
  EXPECT_EQ(nearest_known_name(""), std::nullopt);
  EXPECT_EQ(nearest_known_name(std::string(1 << 20, 'x')), std::nullopt);
}

}  // namespace
}  // namespace undertone::encoder
