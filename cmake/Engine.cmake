# The engine of live pages: the layers below the command line as WebAssembly, without what reads and
# writes files of other formats. Preset `wasm` builds it with Debian's emscripten; the program puts the
# two files that come of it, tpuscope-engine.js and .wasm, in pages (`--html PAGE --live`).
#
# Emscripten has no other libraries than the standard ones, so headers of Boost, fmt and nlohmann-json
# are taken from the machine, by links: its folder of headers holds those of its own C library.

set(engine_headers "${CMAKE_CURRENT_BINARY_DIR}/headers")
file(MAKE_DIRECTORY "${engine_headers}")
foreach(header boost/version.hpp fmt/core.h nlohmann/json.hpp)
  cmake_path(GET header PARENT_PATH name)
  find_path(TPUSCOPE_ENGINE_${name} ${header} PATHS /usr/include /usr/local/include
            NO_CMAKE_FIND_ROOT_PATH REQUIRED)
  file(CREATE_LINK "${TPUSCOPE_ENGINE_${name}}/${name}" "${engine_headers}/${name}" SYMBOLIC)
endforeach()

add_library(engine_options INTERFACE)
target_include_directories(engine_options SYSTEM INTERFACE "${engine_headers}")
target_compile_definitions(engine_options INTERFACE FMT_HEADER_ONLY TPUSCOPE_WITHOUT_ONNX)
target_link_libraries(engine_options INTERFACE project_options)
target_compile_options(engine_options INTERFACE -fwasm-exceptions)

# engine_layer(FOLDER [WITHOUT REGEX...]): the sources of a folder, but for those whose paths match.
function(engine_layer folder)
  string(REPLACE "/" "_" name "${folder}")
  cmake_parse_arguments(PARSE_ARGV 1 layer "" "" "WITHOUT")
  file(GLOB_RECURSE sources RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" CONFIGURE_DEPENDS
       "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp")
  foreach(pattern IN LISTS layer_WITHOUT)
    list(FILTER sources EXCLUDE REGEX "${pattern}")
  endforeach()
  add_library(engine_${name} OBJECT ${sources})
  set_target_properties(engine_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 24)
  target_link_libraries(engine_${name} PUBLIC engine_options)
  target_link_libraries(tpuscope-engine PRIVATE engine_${name})
endfunction()

# Of the command line, what reads flags and answers a panel.
add_executable(tpuscope-engine
               cli/arguments.cpp cli/configuration.cpp cli/diagnostics.cpp cli/group_flags.cpp
               cli/network_flags.cpp cli/serve/engine_files.cpp cli/serve/engine_main.cpp
               cli/serve/live_runs.cpp cli/serve/live_settings.cpp cli/serve/page_engine.cpp)
set_target_properties(tpuscope-engine PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 24)
target_link_libraries(tpuscope-engine PRIVATE engine_options)

# Without what needs a library that is not there, and what only reads or writes files.
engine_layer(base WITHOUT "/(byte_source|characters|gzip|output_file|pattern|sha256)[.]")
engine_layer(graph WITHOUT "/(frontends|functions|onnx|programs|writers)/|/by_name[.]"
             "/language/(genai_folder|language_|layer_cut|model_folder|subgraph)")
engine_layer(sim WITHOUT "/stream/")
engine_layer(sim/stream)
engine_layer(passes)
engine_layer(profiles WITHOUT "/(accuracy|diff|llm|text|trace|vendor)/" "/views/(csv|folded|json|whatif_json)[.]"
             "/views/network_picture[.]" "/html/(html|html_page|capabilities_html)[.]"
             "/sweep/(analysis|csv|html|json|metric|points_file|run|sweep|text)[.]")
# Pages carry their network: none is built in.
embed_files(engine_graph builtin_models graph/builtin GLOB "none")
embed_files(engine_sim builtin_chips sim/chips GLOB "*.json")
embed_files(engine_sim_stream command_forms sim/stream/forms GLOB "*.txt")
embed_files(engine_profiles residuals profiles/report/residuals GLOB "*.csv")
embed_files(engine_profiles glossary docs GLOB "glossary.md")

set(worker "${CMAKE_CURRENT_SOURCE_DIR}/cli/serve/engine_worker.js")
target_link_options(tpuscope-engine PRIVATE
  -fwasm-exceptions -sMODULARIZE=1 -sEXPORT_NAME=createEngine -sENVIRONMENT=worker
  -sALLOW_MEMORY_GROWTH=1 -sMAXIMUM_MEMORY=4GB -sEXPORTED_FUNCTIONS=_malloc,_free
  -sEXPORTED_RUNTIME_METHODS=allocateUTF8,UTF8ToString "SHELL:--extern-post-js \"${worker}\"")
set_target_properties(tpuscope-engine PROPERTIES LINK_DEPENDS "${worker}")
# Emscripten needs what lies in Debian's folder of Node modules; a Node of other origin looks elsewhere.
set_property(TARGET tpuscope-engine PROPERTY RULE_LAUNCH_LINK
             "${CMAKE_COMMAND} -E env NODE_PATH=/usr/share/nodejs")

include(GNUInstallDirs)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/tpuscope-engine.js"
              "${CMAKE_CURRENT_BINARY_DIR}/tpuscope-engine.wasm"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/tpuscope" COMPONENT program)
