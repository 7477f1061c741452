/** What tests of whole routes share: calls that are accounted for, figures, and nothing left. */
@NullMarked
package io.tlstunnel.tests.rig;

import org.jspecify.annotations.NullMarked;
