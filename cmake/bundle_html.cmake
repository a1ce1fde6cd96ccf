# Writes OUT: the page of a folder (SOURCE, as profiles/pages/report) as one file with the styles STYLES. Run by
# EmbedFiles.cmake; needs no Node.
#
# Modules are joined in the order of modules.txt, each after those it imports from. Import statements
# and the word `export` go, so that all of them share one scope: a name is declared by one module
# only, and imports do not rename. tests/html checks both. The content security policy then names
# the very script and style that are in the page, by their hashes.

cmake_minimum_required(VERSION 3.25)
file(STRINGS "${SOURCE}/modules.txt" modules)
set(script "\n")
foreach(module IN LISTS modules)
  file(READ "${SOURCE}/${module}" text)
  set(text "\n${text}")
  string(REGEX REPLACE "\nimport [^;]*;" "" text "${text}")
  string(REGEX REPLACE "\nexport " "\n" text "${text}")
  cmake_path(GET module FILENAME name)
  string(APPEND script "// --- ${name} ---${text}")
endforeach()
set(style "\n")
foreach(file IN LISTS STYLES)
  file(READ "${file}" text)
  string(APPEND style "${text}")
endforeach()

# Base64 of a SHA-256 in hexadecimal digits: six digits are three bytes and four characters.
function(hash_of text result)
  string(SHA256 hex "${text}")
  string(APPEND hex "00")
  set(digits "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  set(encoded "")
  foreach(at RANGE 0 63 6)
    string(SUBSTRING "${hex}" ${at} 6 part)
    foreach(shift 18 12 6 0)
      math(EXPR digit "(0x${part} >> ${shift}) & 63")
      string(SUBSTRING "${digits}" ${digit} 1 character)
      string(APPEND encoded "${character}")
    endforeach()
  endforeach()
  # 32 bytes fill 43 characters.
  string(SUBSTRING "${encoded}" 0 43 encoded)
  set(${result} "sha256-${encoded}=" PARENT_SCOPE)
endfunction()

hash_of("${script}" SCRIPT_HASH)
hash_of("${style}" STYLE_HASH)
file(READ "${SOURCE}/page.html" page)
string(REPLACE "@SCRIPT_HASH@" "${SCRIPT_HASH}" page "${page}")
string(REPLACE "@STYLE_HASH@" "${STYLE_HASH}" page "${page}")
string(REPLACE "@STYLE@" "${style}" page "${page}")
string(REPLACE "@SCRIPT@" "${script}" page "${page}")
file(WRITE "${OUT}" "${page}")
