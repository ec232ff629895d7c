#include "evaluation/report.hpp"

#include <fmt/format.h>
#include <system_error>

#include <undertone/error.hpp>

#include "common/atomic_file.hpp"
#include "evaluation/report/csv.hpp"

namespace undertone::evaluation {
namespace {

void write_text(const std::filesystem::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace

void write_report(const std::filesystem::path& folder, const Study& study, bool overwrite) {
  const std::filesystem::path page = folder / "report.html";
  std::error_code failure;
  if (!overwrite && std::filesystem::exists(std::filesystem::symlink_status(page, failure))) {
    throw Error(ErrorCode::kOutputExists, fmt::format("{}: is there already", page.string()),
                "Name another folder, or overwrite the report on purpose (--force).");
  }
  // Everything is put into words first: nothing is written of a study that cannot be.
  const std::string html = render_html(study);
  const std::string json = render_json(study);
  std::filesystem::create_directories(folder, failure);
  if (failure) {
    throw Error(ErrorCode::kFileUnwritable,
                fmt::format("{}: cannot be made a folder: {}", folder.string(), failure.message()));
  }
  for (std::size_t e = 0; e < study.evaluations.size(); ++e) {
    for (const std::string_view kind : csv_kinds()) {
      write_text(folder / csv_name(study, e, kind), render_csv(study, e, kind));
    }
  }
  write_text(folder / "report.json", json);
  write_text(page, html);
}

}  // namespace undertone::evaluation
