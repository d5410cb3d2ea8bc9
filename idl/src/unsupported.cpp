// SPDX-License-Identifier: BSL-1.0
#include "unsupported.hpp"

namespace remoting::idl {

namespace {

void report(const ast::Interface& interface, const SourceText& source, Diagnostics& diagnostics)
{
    for (const ast::Method& method : interface.methods) {
        if (method.kind == ast::Method::Kind::event) {
            diagnostics.error(Rule::not_supported, source, method.name.span, "the generator does not write events yet");
        }
    }
}

}  // namespace

void report_unsupported(const LoadedFiles& files, Diagnostics& diagnostics)
{
    for (const auto& file : files.files) {
        for (const ast::Declaration& declaration : file->tree.declarations) {
            if (const auto* interface = std::get_if<ast::Interface>(&declaration)) {
                report(*interface, *file->tree.source, diagnostics);
            }
        }
    }
}

}  // namespace remoting::idl
