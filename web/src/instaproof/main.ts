// The entry of the public page.

import { mount } from 'svelte';
import '../ui/tokens.css';
import '../ui/base.css';
import Instaproof from './Instaproof.svelte';

const target = document.getElementById('app');
if (target) mount(Instaproof, { target });
