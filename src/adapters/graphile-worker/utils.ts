import type { AddJobFunction, WorkerUtils } from 'graphile-worker';
import { SignalboxError, shown } from '../../signal/signalbox-error.js';
import { observerOf } from '../common/claim.js';
import type { Observation } from '../common/observed-object.js';
import { observeInPlace } from '../common/observed-object.js';
import { whenUsed } from '../common/while-observer.js';
import type { GraphileAdapter } from './adapter.js';
import { aroundAddJob, aroundAddJobs } from './add-job.js';
import { claimed } from './claimed.js';
import { aroundChanges } from './ending-commands.js';
import { checkUtils } from './engine-version.js';
import type { Schema } from './schema.js';

/** An object that adds jobs: the utils, a runner, or a task's helpers. */
export interface AddsJobs {
  addJob: AddJobFunction;
  /** From 0.17 on. */
  addJobs?: WorkerUtils extends { readonly addJobs: infer F } ? F : never;
}

/** Observes what an object adds, and what it changes by hand. Returns the same object. */
export function observeUtils<T extends AddsJobs>(adapter: GraphileAdapter, target: T): T {
  if (typeof target?.addJob !== 'function')
    throw new SignalboxError(`utils: received ${shown(target)}. Give what makeWorkerUtils or run returned.`);
  checkUtils('utils', target);
  if (!Object.isExtensible(target))
    throw new SignalboxError('utils: the object is frozen, and can not be observed. Freeze it afterwards.');
  if (!claimed(adapter, target, 'these utils, or this runner, are')) return target;
  return observeInPlace<AddsJobs>(target, observationOf(adapter, target)) as T;
}

/** The same for an object that the app may still pass to an adapter by hand: signalbox observes it from its first use on. */
export function observeUtilsWhenUsed<T>(adapter: GraphileAdapter, target: T): T {
  const utils = target as AddsJobs | undefined;
  if (typeof utils?.addJob === 'function' && Object.isExtensible(utils) && !observerOf(utils))
    observeInPlace<AddsJobs>(utils, whenUsed(utils, adapter, observationOf(adapter, utils)));
  return target;
}

function observationOf(adapter: GraphileAdapter, target: AddsJobs): Observation<AddsJobs> {
  const changes: Observation<Partial<WorkerUtils>> = isUtils(target) ? aroundChanges(adapter, target) : {};
  return { ...adding(adapter, adapter.home), ...changes };
}

/** Observes the helpers of a task of that schema. */
export function observeHelpers(adapter: GraphileAdapter, schema: Schema, helpers: AddsJobs): void {
  // A task that calls another one passes on its own helpers, which are observed already.
  if (claimed(adapter, helpers)) observeInPlace(helpers, adding(adapter, schema));
}

function adding(adapter: GraphileAdapter, schema: Schema): Observation<AddsJobs> {
  return { addJob: aroundAddJob(adapter, schema), addJobs: aroundAddJobs(adapter, schema) };
}

function isUtils(target: AddsJobs): target is AddsJobs & WorkerUtils {
  return (
    typeof (target as Partial<WorkerUtils>).withPgClient === 'function' &&
    typeof (target as Partial<WorkerUtils>).completeJobs === 'function'
  );
}
