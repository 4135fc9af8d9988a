export { type Agent, type AgentOptions, startAgent } from './agent';
export { runAgent } from './run-agent';
