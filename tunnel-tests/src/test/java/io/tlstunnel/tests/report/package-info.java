/** The programs that read these tests' reports. */
@NullMarked
package io.tlstunnel.tests.report;

import org.jspecify.annotations.NullMarked;
