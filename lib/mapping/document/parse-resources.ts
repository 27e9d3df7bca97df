import { didYouMean, isRecord, permissionSegments, shown, type AttributeType } from '../../core/index.js';
import type { AttributeTypes, ResourceTypes } from './condition-parser.interface.js';
import { isForbidden } from './forbidden-names.js';
import type { FaultReport, Path } from './fault-report.js';

const SCALARS = ['string', 'number', 'boolean', 'timestamp'];
const TYPES: readonly string[] = [...SCALARS, ...SCALARS.map((name) => `${name}[]`)];
/** Deepest nesting of attributes accepted. A condition is not longer than some hundred names. */
const MAX_DEPTH = 16;

/** Parses the member `resources`. */
export function parseResources(value: unknown, report: FaultReport): ResourceTypes {
  if (value === undefined) return new Map();
  const path = ['resources'];
  if (!isRecord(value)) {
    report.add(path, () => `must be an object of resources with the types of their attributes, got ${shown(value)}.`);
    return new Map();
  }
  for (const name of Object.keys(value))
    if (permissionSegments(name)?.length !== 1)
      report.add(
        [...path, name],
        () => `must be the first segment of permissions, such as "orders" for "orders:read", got ${shown(name)}.`,
      );
  return new Map(Object.entries(value).map(([name, types]) => [name, parseAttributes(types, [...path, name], report)]));
}

function parseAttributes(value: unknown, path: Path, report: FaultReport): AttributeTypes {
  const types = new Map<string, AttributeType | AttributeTypes>();
  if (!isRecord(value)) {
    report.add(path, () => `must be an object of attributes with their types, got ${shown(value)}.`);
    return types;
  }
  if (path.length > MAX_DEPTH + 1) {
    report.add(path, () => `is nested more than ${MAX_DEPTH} deep.`);
    return types;
  }
  for (const [name, type] of Object.entries(value)) {
    const at = [...path, name];
    if (isForbidden(name)) report.add(at, () => `no condition can read an attribute of this name.`);
    const parsed = isRecord(type) ? parseAttributes(type, at, report) : parseType(type, at, report);
    if (parsed !== undefined) types.set(name, parsed);
  }
  return types;
}

function parseType(type: unknown, path: Path, report: FaultReport): AttributeType | undefined {
  if (TYPES.includes(type as string)) return type as AttributeType;
  report.add(
    path,
    () =>
      `must be a type (${TYPES.join(', ')}) or an object of attributes, got ${shown(type)}.${typeof type === 'string' ? didYouMean(type, TYPES) : ''}`,
  );
  return undefined;
}
