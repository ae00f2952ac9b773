//! One pass over the file: count, compare with the limits, then let the validator look at the same payload.

use crate::{AdmitError, Report, body, features, shape, within};
use wardian_format::limits::AdmissionLimits;
use wardian_format::{names, pack};
use wasmparser::{
    CanonicalFunction, ComponentExternalKind, ComponentInstance, ComponentType, ComponentTypeDeclaration, ComponentTypeRef, CoreType,
    FuncValidatorAllocations, Instance, InstanceTypeDeclaration, Parser, Payload, TypeBounds, ValidPayload, Validator,
};

/// State of the pass.
pub(crate) struct Walk<'a> {
    bytes: &'a [u8],
    limits: &'a AdmissionLimits,
    /// A component that stands inside of another may export more than tools.
    is_part: bool,
    report: Report,
    /// One entry for every module or component that is open.
    open: Vec<Scope>,
    /// Product over components of (1 + instances of components it makes): no instantiation makes more copies.
    copies: u64,
    /// Most core instances that one component makes itself.
    core_instances: u64,
}

/// A module or component that is being read.
struct Scope {
    is_component: bool,
    component_instances: u64,
    core_instances: u64,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(bytes: &'a [u8], limits: &'a AdmissionLimits, is_part: bool) -> Self {
        let report = Report {
            exports: Vec::new(),
            file_bytes: bytes.len(),
            code_bytes: 0,
            data_bytes: 0,
            body_bytes: 0,
            functions: 0,
            types: 0,
            modules: 0,
            instances: 0,
        };
        Self { bytes, limits, is_part, report, open: Vec::new(), copies: 1, core_instances: 0 }
    }

    pub(crate) fn run(mut self) -> Result<Report, AdmitError> {
        let mut validator = Validator::new_with_features(features());
        let mut allocations = FuncValidatorAllocations::default();
        let mut parser = Parser::new(0);
        parser.set_features(features());
        for payload in parser.parse_all(self.bytes) {
            let payload = payload?;
            self.payload(&payload)?;
            match validator.payload(&payload)? {
                ValidPayload::Func(function, body) => {
                    let mut function = function.into_validator(std::mem::take(&mut allocations));
                    function.validate(&body)?;
                    allocations = function.into_allocations();
                }
                ValidPayload::End(types) if self.open.is_empty() => {
                    self.report.exports.iter().try_for_each(|name| shape::check(types.as_ref(), name))?;
                }
                _ => {}
            }
        }
        Ok(self.report)
    }

    fn payload(&mut self, payload: &Payload<'_>) -> Result<(), AdmitError> {
        match payload {
            Payload::Version { encoding, .. } => self.enter(*encoding == wasmparser::Encoding::Component),
            Payload::End(_) => self.leave(),
            Payload::ModuleSection { unchecked_range, .. } => {
                self.report.modules += 1;
                within("core modules", place(unchecked_range.start), u64::from(self.report.modules), u64::from(self.limits.modules_max))
            }
            Payload::ImportSection(section) => {
                let at = section.range().start;
                for group in section.clone() {
                    for import in group? {
                        let import = import?.1;
                        self.name(import.module, at)?;
                        self.name(import.name, at)?;
                    }
                }
                Ok(())
            }
            Payload::ExportSection(section) => {
                section.clone().into_iter().try_for_each(|export| self.name(export?.name, section.range().start))
            }
            Payload::FunctionSection(section) => {
                let total = u64::from(self.report.functions) + u64::from(section.count());
                within("functions", place(section.range().start), total, u64::from(self.limits.functions_max))
            }
            Payload::CodeSectionStart { size, range, .. } => {
                self.report.code_bytes += *size as usize;
                within("code in bytes", place(range.start), self.report.code_bytes as u64, self.limits.code_bytes_max as u64)
            }
            Payload::CodeSectionEntry(function) => {
                self.report.functions += 1;
                self.report.body_bytes = self.report.body_bytes.max(function.range().len());
                body::check(function, self.report.functions - 1, self.limits)
            }
            Payload::DataSection(section) => self.data(section.range()),
            Payload::ElementSection(section) => self.data(section.range()),
            Payload::GlobalSection(section) => self.data(section.range()),
            Payload::TableSection(section) => self.data(section.range()),
            Payload::TypeSection(section) => self.types(section.count(), section.range().start),
            _ => self.component_payload(payload),
        }
    }

    fn component_payload(&mut self, payload: &Payload<'_>) -> Result<(), AdmitError> {
        match payload {
            Payload::CoreTypeSection(section) => {
                for ty in section.clone() {
                    let inner = if let CoreType::Module(declarations) = ty? { declarations.len() as u32 } else { 0 };
                    self.types(inner.saturating_add(1), section.range().start)?;
                }
                Ok(())
            }
            Payload::ComponentTypeSection(section) => {
                section.clone().into_iter().try_for_each(|ty| self.component_type(&ty?, section.range().start))
            }
            Payload::InstanceSection(section) => {
                for instance in section.clone() {
                    let made = matches!(instance?, Instance::Instantiate { .. });
                    self.scope().core_instances += u64::from(made);
                }
                Ok(())
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section.clone() {
                    let made = matches!(instance?, ComponentInstance::Instantiate { .. });
                    self.scope().component_instances += u64::from(made);
                }
                Ok(())
            }
            Payload::ComponentCanonicalSection(section) => {
                section.clone().into_iter().try_for_each(|function| canonical(&function?, section.range().start))
            }
            Payload::ComponentImportSection(section) => self.imports(section),
            Payload::ComponentExportSection(section) => self.exports(section),
            Payload::ComponentStartSection { range, .. } => Err(forbidden("a component start function", range.start)),
            Payload::TagSection(section) => Err(forbidden("an exception tag", section.range().start)),
            Payload::UnknownSection { id, range, .. } => Err(forbidden(&format!("an unknown section (id {id})"), range.start)),
            _ => Ok(()),
        }
    }

    fn enter(&mut self, is_component: bool) -> Result<(), AdmitError> {
        self.open.push(Scope { is_component, component_instances: 0, core_instances: 0 });
        Ok(())
    }

    fn leave(&mut self) -> Result<(), AdmitError> {
        let Some(scope) = self.open.pop() else { return Ok(()) };
        if scope.is_component {
            self.copies = self.copies.saturating_mul(1 + scope.component_instances);
            self.core_instances = self.core_instances.max(scope.core_instances);
            let bound = self.copies.saturating_mul(self.core_instances.max(1));
            within("instances", "the end of a component", bound, u64::from(self.limits.instances_max))?;
            self.report.instances = bound as u32;
        }
        Ok(())
    }

    /// The innermost open module or component. The parser yields a version before any section.
    fn scope(&mut self) -> &mut Scope {
        self.open.last_mut().expect("a section comes after the version of its module or component")
    }

    fn is_root(&self) -> bool {
        self.open.len() == 1
    }

    fn data(&mut self, range: std::ops::Range<usize>) -> Result<(), AdmitError> {
        self.report.data_bytes += range.len();
        within("data in bytes", place(range.start), self.report.data_bytes as u64, self.limits.data_bytes_max as u64)
    }

    fn types(&mut self, count: u32, at: usize) -> Result<(), AdmitError> {
        self.report.types = self.report.types.saturating_add(count);
        if self.report.types > self.limits.types_max {
            within("types", place(at), u64::from(self.report.types), u64::from(self.limits.types_max))?;
        }
        Ok(())
    }

    fn component_type(&mut self, ty: &ComponentType<'_>, at: usize) -> Result<(), AdmitError> {
        self.types(1, at)?;
        match ty {
            ComponentType::Resource { .. } => Err(forbidden("a resource type of its own", at)),
            ComponentType::Component(declarations) => declarations.iter().try_for_each(|declaration| match declaration {
                ComponentTypeDeclaration::Type(ty) => self.component_type(ty, at),
                _ => self.types(1, at),
            }),
            ComponentType::Instance(declarations) => declarations.iter().try_for_each(|declaration| match declaration {
                InstanceTypeDeclaration::Type(ty) => self.component_type(ty, at),
                _ => self.types(1, at),
            }),
            _ => Ok(()),
        }
    }

    fn imports(&mut self, section: &wasmparser::ComponentImportSectionReader<'_>) -> Result<(), AdmitError> {
        for import in section.clone().into_iter_with_offsets() {
            let (offset, import) = import?;
            let name = import.name.name;
            self.name(name, offset)?;
            let allowed = name == pack::STATE_IMPORT || self.limits.wasi_imports && pack::is_wasi_import(name);
            let is_allowed = allowed && matches!(import.ty, ComponentTypeRef::Instance(_));
            // A world that says `use state.{database}` repeats the type as an import that equals it: no authority in that.
            let is_alias = matches!(import.ty, ComponentTypeRef::Type(TypeBounds::Eq(_)));
            if self.is_root() && !is_allowed && !is_alias {
                let name = names::untrusted(name, 200);
                let wasi = self.limits.wasi_imports;
                return Err(if wasi { AdmitError::CompatibleImport { name, offset } } else { AdmitError::Import { name, offset } });
            }
        }
        Ok(())
    }

    fn exports(&mut self, section: &wasmparser::ComponentExportSectionReader<'_>) -> Result<(), AdmitError> {
        for export in section.clone().into_iter_with_offsets() {
            let (offset, export) = export?;
            let name = export.name.name;
            self.name(name, offset)?;
            if !self.is_root() || self.is_part {
                continue;
            }
            if export.kind != ComponentExternalKind::Func {
                return Err(AdmitError::Export { name: names::untrusted(name, 200), reason: "it is not a function".to_owned() });
            }
            self.report.exports.push(name.to_owned());
            within("exports", place(offset), self.report.exports.len() as u64, u64::from(self.limits.exports_max))?;
        }
        Ok(())
    }

    fn name(&self, name: &str, at: usize) -> Result<(), AdmitError> {
        if name.len() > self.limits.name_bytes_max {
            within("name in bytes", place(at), name.len() as u64, self.limits.name_bytes_max as u64)?;
        }
        Ok(())
    }
}

/// A guest lifts its exports, lowers its imports and drops handles. Everything else of the component model
/// (making resources, tasks, threads, streams) is host memory or time that no limit of ours would see.
fn canonical(function: &CanonicalFunction, at: usize) -> Result<(), AdmitError> {
    match function {
        CanonicalFunction::Lift { .. } | CanonicalFunction::Lower { .. } | CanonicalFunction::ResourceDrop { .. } => Ok(()),
        other => {
            let name: String = format!("{other:?}").chars().take_while(char::is_ascii_alphanumeric).collect();
            Err(forbidden(&format!("the canonical function `{name}`"), at))
        }
    }
}

fn forbidden(what: &str, offset: usize) -> AdmitError {
    AdmitError::Forbidden { what: what.to_owned(), offset }
}

fn place(offset: usize) -> String {
    format!("byte {offset}")
}
