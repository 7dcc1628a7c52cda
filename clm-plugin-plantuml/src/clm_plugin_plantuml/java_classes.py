"""Java classes for drawing; importable only while the JVM runs.

Each is looked up by name, since a lookup by package makes JPype list the whole class path.
"""

from __future__ import annotations

from jpype import JClass

PLANTUML = "net.sourceforge.plantuml"

ArrayList = JClass("java.util.ArrayList")
BufferedReader = JClass("java.io.BufferedReader")
ByteArrayInputStream = JClass("java.io.ByteArrayInputStream")
ByteArrayOutputStream = JClass("java.io.ByteArrayOutputStream")
Font = JClass("java.awt.Font")
FontRenderContext = JClass("java.awt.font.FontRenderContext")
InputStreamReader = JClass("java.io.InputStreamReader")
OutOfMemoryError = JClass("java.lang.OutOfMemoryError")
PrintWriter = JClass("java.io.PrintWriter")
RenderingHints = JClass("java.awt.RenderingHints")
StackOverflowError = JClass("java.lang.StackOverflowError")
StringReader = JClass("java.io.StringReader")
StringWriter = JClass("java.io.StringWriter")
System = JClass("java.lang.System")
UTF_8 = JClass("java.nio.charset.StandardCharsets").UTF_8

BlockUml = JClass(f"{PLANTUML}.BlockUml")
Defines = JClass(f"{PLANTUML}.preproc.Defines")
FileFormat = JClass(f"{PLANTUML}.FileFormat")
FileFormatOption = JClass(f"{PLANTUML}.FileFormatOption")
FileSystem = JClass(f"{PLANTUML}.FileSystem")
PathSystem = JClass(f"{PLANTUML}.nio.PathSystem")
Preprocessor = JClass(f"{PLANTUML}.preproc2.Preprocessor")
PSystemError = JClass(f"{PLANTUML}.error.PSystemError")
ReadLineReader = JClass(f"{PLANTUML}.preproc.ReadLineReader")
SFile = JClass(f"{PLANTUML}.security.SFile")
UncommentReadLine = JClass(f"{PLANTUML}.preproc.UncommentReadLine")
