import { MemoryStore } from '../../runtime/store/memory-store';
import { storeSuite } from './store-suite';

storeSuite({ name: 'memory', open: async () => new MemoryStore(), cleanUp: async () => {} });
