// SPDX-License-Identifier: Apache-2.0
#include "medcl/report/html.h"

#include "medcl/core/base64.h"

namespace medcl {
namespace {

constexpr const char* kStyle = R"css(
:root { color-scheme: light dark; --text: #1c2330; --soft: #5c6675; --line: #d9dee6;
  --back: #ffffff; --card: #f5f7fa; --accent: #2457b3; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ef; --soft: #9aa5b5; --line: #333c4a;
  --back: #12161d; --card: #1b212b; --accent: #8ab4f8; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; }
h2 { font-size: 1.3rem; margin: 2.8rem 0 .7rem; padding-bottom: .3rem;
  border-bottom: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
p { max-width: 76ch; margin: .5rem 0; }
.soft { color: var(--soft); }
a { color: var(--accent); }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; margin: 1rem 0 0; font-size: .92rem; }
.scores { display: flex; flex-wrap: wrap; gap: .8rem; margin: 1.2rem 0; }
.score { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: .7rem 1.1rem; min-width: 9rem; }
.score b { font-size: 1.75rem; line-height: 1.25; font-variant-numeric: tabular-nums; }
.score small { font-size: .95rem; color: var(--soft); margin-left: .35rem; }
.score span { display: block; }
.score span { color: var(--soft); font-size: .88rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .8rem 0; font-size: .87rem; max-width: 100%;
  font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding-bottom: .35rem; }
th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; overflow-wrap: break-word; min-width: 3.5rem; max-width: 40rem; }
th { font-weight: 600; border-bottom-width: 2px; vertical-align: bottom; overflow-wrap: normal; }
th.n, td.n { text-align: right; }
td.n { white-space: nowrap; min-width: 0; }
td:first-child { min-width: 7rem; }
.plots, .side-by-side { display: flex; flex-wrap: wrap; gap: 0 1.6rem; align-items: flex-start; }
.plots svg { max-width: min(100%, 800px); height: auto; flex: 1 1 480px; }
.key { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; font-size: .9rem; margin: .5rem 0; }
.key i { display: inline-block; width: .9rem; height: .9rem; border-radius: 3px;
  margin-right: .4rem; vertical-align: -1px; }
.gallery { display: grid; gap: 4px; margin: .4rem 0 1.4rem; width: max-content; max-width: 100%;
  font-size: .85rem; color: var(--soft); }
.gallery img { width: 100%; height: auto; max-width: 224px; display: block; border-radius: 3px; }
.gallery .row { align-self: center; padding-right: .5rem; white-space: nowrap; }
details { margin: .6rem 0; }
summary { cursor: pointer; color: var(--accent); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem;
  overflow-x: auto; font-size: .82rem; line-height: 1.4; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.2rem; max-width: 100ch; }
dt { font-weight: 600; } dd { margin: 0; }
.notice { border-left: 4px solid var(--accent); background: var(--card); padding: .6rem 1rem;
  border-radius: 0 8px 8px 0; }
@media (max-width: 900px) { table { font-size: .78rem; } th, td { padding: .25rem .35rem; }
  .gallery .row { white-space: normal; } dl { grid-template-columns: 1fr; } }
@media print { :root { --text: #000; --soft: #444; --line: #bbb; --back: #fff; --card: #fff; }
  th, td { overflow-wrap: anywhere; }  /* paper does not scroll */
  main { max-width: none; padding: 0; } nav { display: none; } h2 { break-after: avoid; }
  .gallery, table, svg, .score { break-inside: avoid; } }
)css";

}  // namespace

std::string escape_html(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += (code < 32 && c != '\n' && c != '\t') || code == 127 ? ' ' : c;
    }
  }
  return result;
}

std::string image_tag(const Picture& picture, const std::string& description) {
  return "<img width=\"" + std::to_string(picture.width) + "\" height=\"" +
         std::to_string(picture.height) + "\" alt=\"" + escape_html(description) +
         "\" src=\"data:image/png;base64," + base64(encode_png(picture)) + "\">";
}

std::string table_tag(const Table& table) {
  const auto row = [&](const std::vector<std::string>& cells, const std::string& tag) {
    std::string html = "<tr>";
    for (std::size_t c = 0; c < cells.size(); ++c) {
      const char* number = c >= table.text_columns ? " class=\"n\"" : "";
      html += "<" + tag + number + ">" + escape_html(cells[c]) + "</" + tag + ">";
    }
    return html + "</tr>\n";
  };
  std::string html = "<div class=\"wide\"><table>";
  if (!table.caption.empty()) html += "<caption>" + escape_html(table.caption) + "</caption>";
  html += "<thead>" + row(table.header, "th") + "</thead><tbody>\n";
  for (const auto& cells : table.rows) html += row(cells, "td");
  return html + "</tbody></table></div>\n";
}

void HtmlPage::heading(const std::string& text, const std::string& id) {
  const std::string safe = escape_html(id);
  body_ += "<h2 id=\"" + safe + "\">" + escape_html(text) + "</h2>\n";
  if (!id.empty()) contents_ += "<a href=\"#" + safe + "\">" + escape_html(text) + "</a>\n";
}

void HtmlPage::subheading(const std::string& text) {
  body_ += "<h3>" + escape_html(text) + "</h3>\n";
}

void HtmlPage::paragraph(const std::string& text, const std::string& css_class) {
  const std::string attribute =
      css_class.empty() ? "" : " class=\"" + escape_html(css_class) + "\"";
  body_ += "<p" + attribute + ">" + escape_html(text) + "</p>\n";
}

void HtmlPage::folded(const std::string& summary, const std::string& inner_html) {
  body_ += "<details><summary>" + escape_html(summary) + "</summary>" + inner_html + "</details>\n";
}

std::string HtmlPage::html() const {
  return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"robots\" content=\"noindex\">\n"
         "<title>" +
         escape_html(title_) + "</title>\n<style>" + kStyle +
         "</style></head>\n<body><main>\n<h1>" + escape_html(title_) + "</h1>\n<nav>\n" +
         contents_ + "</nav>\n" + body_ + "</main></body></html>\n";
}

}  // namespace medcl
