import { conditionText, shown, type ExplainedCondition, type ExplainedPart } from '../../core/index.js';
import type { PermissionRule, StepUp } from '../../mapping/index.js';
import { applies, type DecidedRule } from '../decision/decide-assumed.js';
import { printed } from './text-table.js';

/** Formats one rule with its chain of roles and its condition. */
export function ruleText(rule: PermissionRule): string {
  const { condition } = rule;
  return `${plainText(rule, COLUMNS)}${condition === undefined ? '' : `${COLUMNS}only if ${conditionText(condition)}`}`;
}

/**
 * Formats one rule on several lines: the rule, the result of its condition, and the result of each part with the values that it read.
 * @param isInTable Whether other rules follow in the same columns. Default: true.
 */
export function decidedRuleLines(rule: DecidedRule, isInTable = true): readonly string[] {
  const { condition, when } = rule;
  const gap = isInTable ? COLUMNS : IN_LINE;
  if (condition === undefined) return [plainText(rule, gap)];
  return [
    `${plainText(rule, gap)}${gap}only if ${onOneLine(when ?? '')}`,
    `  ${condition.result}, so it ${effectText(rule)}`,
    ...condition.parts.map((part) => `    ${part.result.padEnd(RESULT_WIDTH)}  ${partText(part)}`),
  ];
}

/** Formats the part of a condition that made the rule apply, or not, on one line. */
export function decidingText(rule: DecidedRule): string {
  const { condition } = rule;
  const whole = plainText(rule, IN_LINE);
  if (condition === undefined) return whole;
  return `${whole}: ${decidingParts(condition).map(resultText).join(', ')}`;
}

/** Formats a rule and its condition, which is not decided, on one line. */
export function dependsText(rule: DecidedRule): string {
  const whole = plainText(rule, IN_LINE);
  return rule.when === undefined ? `${whole}, and a denial depends on the resource` : `${whole} only if ${onOneLine(rule.when)}`;
}

/** Formats how a caller must have authenticated: `acr "mfa" or "phr", at most 300 s ago`. */
export function stepUpText({ acr, maxAgeSeconds }: StepUp): string {
  return [
    ...(acr.length > 0 ? [`acr ${acr.map((name) => shown(name)).join(' or ')}`] : []),
    ...(maxAgeSeconds === undefined ? [] : [`at most ${maxAgeSeconds} s ago`]),
  ].join(', ');
}

const RESULT_WIDTH = 'unknown'.length;
const VERB_WIDTH = 'granted'.length;
const COLUMNS = '  ';
const IN_LINE = ' ';

/** @param gap Between the parts. Two spaces make columns of several rules. */
function plainText({ effect, entry, path, tenant }: Omit<PermissionRule, 'condition'>, gap: string): string {
  const whose = tenant === undefined ? '' : ` (in tenant ${printed(tenant)})`;
  const verb = effect === 'allow' ? 'granted' : 'denied';
  return [gap === COLUMNS ? verb.padEnd(VERB_WIDTH) : verb, shown(entry), `by ${path.map(printed).join(' → ')}${whose}`].join(
    gap,
  );
}

function effectText(rule: DecidedRule): string {
  const verb = rule.effect === 'allow' ? 'grant' : 'deny';
  if (!applies(rule)) return `does not ${verb}`;
  return rule.effect === 'allow' ? 'grants' : 'denies';
}

/** Returns the parts with the result of the whole condition; all parts if none has it, as below a negation. */
function decidingParts({ result, parts }: ExplainedCondition): readonly ExplainedPart[] {
  const same = parts.filter((part) => part.result === result);
  return same.length > 0 ? same : parts;
}

function partText({ condition, values }: ExplainedPart): string {
  return values.length === 0 ? condition : `${condition}  (${valuesText(values)})`;
}

function resultText({ condition, result, values }: ExplainedPart): string {
  return `${condition} is ${result}${values.length === 0 ? '' : ` (${valuesText(values)})`}`;
}

function valuesText(values: ExplainedPart['values']): string {
  return values.map(({ attribute, value }) => `${attribute}: ${value}`).join(', ');
}

/** A condition may be written over several lines. Strings in it may not. */
function onOneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim();
}
