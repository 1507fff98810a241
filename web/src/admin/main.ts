// The entry of the administration.

import { mount } from 'svelte';
import '../ui/tokens.css';
import '../ui/base.css';
import Admin from './Admin.svelte';

const target = document.getElementById('app');
if (target) mount(Admin, { target });
