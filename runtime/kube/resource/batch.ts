import type { CronJob, Job } from '../generated/types';
import { resource } from './resource';

export const jobs = resource<Job>('batch/v1', 'Job', 'jobs');
export const cronJobs = resource<CronJob>('batch/v1', 'CronJob', 'cronjobs');
