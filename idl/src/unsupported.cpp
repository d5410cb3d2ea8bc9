// SPDX-License-Identifier: BSL-1.0
#include "unsupported.hpp"

namespace remoting::idl {

namespace {

bool is_stream(const ast::Type& type)
{
    return type.name.text() == "stream";
}

void report(const ast::Interface& interface, const SourceText& source, Diagnostics& diagnostics)
{
    for (const ast::Method& method : interface.methods) {
        if (method.kind == ast::Method::Kind::event) {
            diagnostics.error(Rule::not_supported, source, method.name.span, "the generator does not write events yet");
        }
        if (method.result && is_stream(*method.result)) {
            diagnostics.error(Rule::not_supported, source, method.result->span,
                              "the generator does not write streams yet");
        }
        for (const ast::Parameter& parameter : method.parameters) {
            if (is_stream(parameter.type)) {
                diagnostics.error(Rule::not_supported, source, parameter.type.span,
                                  "the generator does not write streams yet");
            }
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
